"""Says how good a model is.

    python -m model.evaluate checkpoint BEST.PT PREPARED OUT   the trained network on the test split, for the pipeline
    python -m model.evaluate file CATDOG.PT PHOTOS [--out OUT] an exported file on any folder with cat/ and dog/ in it

Writes `metrics.json`, `report.txt`, `predictions.csv` and pictures (confusion matrix, calibration, worst mistakes).
"""

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from model import pictures
from model.classes import CLASSES
from model.command import Mistake, new_folder, run
from model.dataset import Dataset
from model.exported import ExportedModel, load_exported
from model.metrics import classification_metrics, classification_table
from model.prepare import find_photos
from model.preprocess import BadImage, preprocess


@dataclass
class Predictions:
    """What a model said about some photos.

    Of N photos: names, labels (int64 [N]), probabilities (float32 [N, 2]) and pixels (uint8 [N, S, S, 3]).
    """

    names: list[str]
    labels: np.ndarray
    probabilities: np.ndarray
    pixels: np.ndarray


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Temperature scaling (Guo et al. 2017): the divisor of the logits that makes the labels likeliest.

    Args:
        logits: float32 [N, 2] of the validation split.
        labels: int64 [N].

    Returns:
        A number between 0.05 and 20; above 1 where the network is too sure of itself.
    """
    logit_tensor, label_tensor = torch.from_numpy(logits).double(), torch.from_numpy(labels)
    candidates = np.geomspace(0.05, 20, 601)
    losses = [F.cross_entropy(logit_tensor / t, label_tensor).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def evaluate_checkpoint(checkpoint: Path, prepared: Path, out: Path) -> dict:
    """Fits the temperature on the validation split and measures on the test split.

    Returns:
        What it writes to `out`/metrics.json: temperature, and metrics of the splits "validation" and "test".
    """
    from model.export import load_network
    from model.trainer import best_device, predict_logits

    device = best_device()
    network = load_network(checkpoint).to(device)
    splits = {split: Dataset(prepared, split) for split in ("validation", "test")}
    logits = {split: predict_logits(network, dataset, device) for split, dataset in splits.items()}
    temperature = fit_temperature(logits["validation"], splits["validation"].labels.numpy())
    figures: dict = {"temperature": temperature}
    for split, dataset in splits.items():
        probabilities = F.softmax(torch.from_numpy(logits[split]) / temperature, 1).numpy()
        figures[split] = classification_metrics(dataset.labels.numpy(), probabilities)
    with (prepared / "manifest.csv").open() as file:
        names = [row["file"] for row in csv.DictReader(file) if row["split"] == "test"]
    test = splits["test"]
    write_report(out, Predictions(names, test.labels.numpy(), probabilities, test.pixels), figures)
    return figures


def evaluate_file(model: ExportedModel, photos: Path) -> tuple[Predictions, int]:
    """Runs an exported model on every photo below `photos`/cat and `photos`/dog, exactly as the predictor would.

    Returns:
        The predictions, and the number of files that are not readable as photos.

    Raises:
        Mistake: the folder is missing, or has no usable photo of a class.
    """
    names, labels, pixels, unreadable = [], [], [], 0
    for path, label in tqdm(find_photos(photos), "evaluate", unit=" photos"):
        try:
            pixels.append(preprocess(path.read_bytes(), model.size))
        except BadImage:
            unreadable += 1
            continue
        names.append(path.relative_to(photos).as_posix())
        labels.append(CLASSES.index(label))
    if missing := [label for index, label in enumerate(CLASSES) if index not in labels]:
        raise Mistake(f"{photos} has no readable photo of a {missing[0]}")
    stacked = np.stack(pixels)
    return Predictions(names, np.array(labels), model.predict(stacked), stacked), unreadable


def write_report(out: Path, predictions: Predictions, figures: dict) -> None:
    """Writes metrics, tables and pictures to the folder `out`, replacing it."""
    labels, probabilities = predictions.labels, predictions.probabilities
    with new_folder(out) as work:
        (work / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
        (work / "report.txt").write_text(classification_table(labels, probabilities))
        with (work / "predictions.csv").open("w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["file", "actual", "predicted", "cat", "dog"])
            for name, label, pair in zip(predictions.names, labels, probabilities, strict=True):
                table.writerow([name, CLASSES[label], CLASSES[pair.argmax()], *(f"{p:.6f}" for p in pair)])
        pictures.draw_confusion(labels, probabilities, work / "confusion.png")
        pictures.draw_calibration(labels, probabilities, work / "calibration.png")
        pictures.draw_mistakes(predictions.pixels, labels, probabilities, work / "mistakes.png")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    checkpoint = commands.add_parser("checkpoint", help="evaluate a training run on its test split")
    checkpoint.add_argument("checkpoint", type=Path, help="best.pt of model.train")
    checkpoint.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    checkpoint.add_argument("out", type=Path, help="folder for the report; replaced if it exists")
    file = commands.add_parser("file", help="evaluate an exported file on a folder of photos")
    file.add_argument("file", type=Path, help="an exported model, such as catdog.pt")
    file.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    file.add_argument("--out", type=Path, help="also write a report with pictures to this folder")
    args = parser.parse_args()
    if args.command == "checkpoint":
        figures = evaluate_checkpoint(args.checkpoint, args.prepared, args.out)
        print_metrics(f"test split, temperature {figures['temperature']:.2f}", figures["test"])
        return
    predictions, unreadable = evaluate_file(load_exported(args.file), args.photos)
    metrics = classification_metrics(predictions.labels, predictions.probabilities)
    if args.out:
        write_report(args.out, predictions, metrics)
    print_metrics(f"{len(predictions.names):,} photos of {args.photos}, {unreadable} unreadable", metrics)


def print_metrics(title: str, metrics: dict[str, float]) -> None:
    """Prints a title and one metric a line."""
    print(title)
    for name, value in metrics.items():
        print(f"  {name.replace('_', ' '):18} {value:.4f}")


if __name__ == "__main__":
    run(main)
