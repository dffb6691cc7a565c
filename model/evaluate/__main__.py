"""Measures how good a model is.

    python -m model.evaluate checkpoint BEST.PT PHOTOS PREPARED OUT   a trained network on the test split
    python -m model.evaluate file CATDOG.PT PHOTOS [--out OUT]        an exported file on any folder with its classes,
                                                                  and on photos of none (--no-class)

Writes `metrics.json`, `report.txt`, `predictions.csv`, `answers.npz` and pictures (confusion matrix, calibration, worst
mistakes).
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from model.command import run
from model.contract.exported import load_exported
from model.evaluate.evaluation import evaluate_checkpoint, evaluate_file, evaluate_no_class
from model.evaluate.metrics import classification_metrics, explain_missing
from model.evaluate.report import is_report, write_report
from model.evaluate.unsure import describe_unsure, measure_unsure
from model.output import new_folder
from model.params import load_params


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    checkpoint = commands.add_parser("checkpoint", help="evaluate a training run on its test split")
    checkpoint.add_argument("checkpoint", type=Path, help="best.pt of model.train")
    checkpoint.add_argument("photos", type=Path, help="folder with a folder of photos for each class")
    checkpoint.add_argument("prepared", type=Path, help="folder that model.prepare made of it")
    checkpoint.add_argument("out", type=Path, help="folder for the report; that of an earlier run is replaced")
    checkpoint.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    file = commands.add_parser("file", help="evaluate an exported file on a folder of photos")
    file.add_argument("file", type=Path, help="an exported model, such as model.pt")
    file.add_argument("photos", type=Path, help="folder with a folder of photos for each class")
    file.add_argument("--out", type=Path, help="also write a report with pictures to this folder")
    file.add_argument(
        "--no-class",
        type=Path,
        metavar="FOLDER",
        help="photos of yours that show none of the classes, at any depth: how many answers are marked as unsure; "
        "report.txt has each",
    )
    args = parser.parse_args()
    if args.command == "checkpoint":
        params = load_params(args.params).export
        figures = evaluate_checkpoint(args.checkpoint, args.photos, args.prepared, args.out, params)
        notes = [*figures.get("notes", []), describe_unsure(figures["unsure"])]
        print_metrics(f"test split, temperature {figures['temperature']:.2f}", figures["test"], notes)
        return
    print_metrics(*measure_file(args.file, args.photos, args.out, args.no_class))


def measure_file(
    file: Path, photos: Path, out: Path | None, no_class: Path | None
) -> tuple[str, dict[str, float], list[str]]:
    """Evaluates an exported file, and writes a report if there is an `out`. Returns a title, the metrics and notes.

    Args:
        file: the exported model.
        photos: a folder with a folder of photos for each class.
        out: folder for the report; that of an earlier run is replaced.
        no_class: a folder of photos that show none of the classes.
    """
    inputs = [file, photos, *([no_class] if no_class else [])]
    with ExitStack() as stack:
        work = stack.enter_context(new_folder(out, is_report, inputs)) if out else None
        model = load_exported(file)
        others = evaluate_no_class(model, no_class)
        predictions, unreadable = evaluate_file(model, photos)
        labels, probabilities = predictions.labels, predictions.outputs
        metrics, notes = classification_metrics(labels, probabilities), explain_missing(labels, predictions.classes)
        measured = model.metadata.get("unsure")
        unsure = measure_unsure(labels, probabilities, measured["below"]) if measured else None
        if work:
            write_report(work, predictions, metrics, unsure, notes, others)
    notes += [*([describe_unsure(unsure)] if unsure else []), *(each.summary() for each in others)]
    return f"{len(predictions.files):,} photos of {photos}, {unreadable} unreadable", metrics, notes


def print_metrics(title: str, metrics: dict[str, float], notes: list[str]) -> None:
    """Prints a title, one metric a line, and notes."""
    print(title)
    for name, value in metrics.items():
        print(f"  {name.replace('_', ' '):18} {value:.4f}")
    for note in notes:
        print(f"  {note}")


if __name__ == "__main__":
    run(main)
