"""Asks a running server about labelled photos and says how good its answers are: see hack/assess."""

import argparse
from pathlib import Path
from typing import Any

from hack.live.asking import Server
from hack.live.assessment import Assessment, assess
from hack.live.history import append, compare, read_history
from hack.live.tracked import record
from model.command import run
from model.evaluate.report import FILES, classification_table, write_report
from model.output import check_folder, holds_all, new_folder

PROJECT = Path(__file__).parents[2]
REPORT = "assessment.json"
OWN_FILES = FILES - {"metrics.json"} | {REPORT}
ENDING = {"p50": "half of the answers", "p95": "95 % of the answers", "p99": "99 % of the answers"}


def main() -> None:
    """Parses the command line; asks, prints and writes."""
    parser = argparse.ArgumentParser(prog="hack/assess", description=__doc__)
    parser.add_argument("url", help="where the server is, such as http://127.0.0.1:8080")
    parser.add_argument("folder", type=Path, help="labelled photos, FOLDER/CLASS/*.jpg")
    parser.add_argument(
        "--out", type=Path, default=PROJECT / "runs/assess", help="folder for the report; default: %(default)s"
    )
    parser.add_argument(
        "--history", type=Path, default=PROJECT / "runs/assess.jsonl", help="gets one line more; default: %(default)s"
    )
    parser.add_argument("--no-mlflow", action="store_true", help="records no run in MLflow")
    args = parser.parse_args()
    check_folder(args.out, is_report, [args.folder])  # all that can be refused is refused before the server is asked
    history = read_history(args.history)
    assessment = assess(Server(args.url), args.folder)
    figures = assessment.figures(args.url, args.folder)
    write(args.out, args.folder, assessment, figures)
    show(assessment, figures)
    if before := compare(history, figures):
        print(before)
    append(args.history, figures)
    print(f"report: {args.out}; history: {args.history}")
    if not args.no_mlflow:
        print(record(args.out, figures))


def is_report(folder: Path) -> bool:
    """Whether the folder holds what an earlier assessment wrote, and nothing else."""
    return holds_all(folder, OWN_FILES)


def write(out: Path, folder: Path, assessment: Assessment, figures: dict[str, Any]) -> None:
    """Writes the report of model.evaluate, with all figures in assessment.json; raises Mistake as `new_folder`."""
    with new_folder(out, is_report, [folder]) as work:
        write_report(work, assessment.predictions, figures, notes=assessment.notes)
        (work / "metrics.json").rename(work / REPORT)


def show(assessment: Assessment, figures: dict[str, Any]) -> None:
    """Prints the table."""
    predictions, metrics = assessment.predictions, figures["metrics"]
    low, high = figures["accuracy_interval"]
    who = f"revision {figures['revision'][:12]}, model {figures['model_version']}"
    print(f"\n{figures['photos']:,} photos of {figures['folder']}, answered by {who}\n")
    print(classification_table(predictions.labels, predictions.outputs.argmax(1), predictions.classes))
    print(f"{'accuracy':12} {metrics['accuracy']:.4f}   95 % interval {low:.4f} to {high:.4f}")
    for name in ("precision", "recall", "f1"):
        print(f"{name:12} {metrics[name]:.4f}   mean over the classes")
    for name, milliseconds in figures["latency_ms"].items():
        print(f"{name:12} {milliseconds:.1f} ms  {ENDING[name]} took at most so long")
    print(f"{'unsure':12} {figures['unsure']:.4f}   share of the answers")
    for note in figures["notes"]:
        print(note)


if __name__ == "__main__":
    run(main)
