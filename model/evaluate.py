"""Says how good a model is.

    python -m model.evaluate checkpoint BEST.PT PHOTOS PREPARED OUT   a trained network on the test split
    python -m model.evaluate file CATDOG.PT PHOTOS [--out OUT]        an exported file on any folder with cat/ and dog/

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
from torch import nn
from tqdm import tqdm

from model import pictures
from model.command import new_folder, run
from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.exported import ExportedModel, load_exported
from model.contract.preprocess import BadImage, preprocess
from model.metrics import classification_metrics, classification_table
from model.params import load_params
from model.prepare import find_photos
from model.presets import eval_preset


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


def read_split(photos: Path, prepared: Path, split: str) -> list[tuple[Path, str]]:
    """Lists (file, class) of a split, by the manifest of model.prepare.

    Raises:
        Mistake: there is no manifest, or a photo that it names is missing.
    """
    try:
        with (prepared / "manifest.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == split]
    except OSError:
        raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None
    found = [(photos / row["file"], row["class"]) for row in rows]
    if missing := [path for path, _ in found if not path.is_file()]:
        raise Mistake(f"{missing[0]} is in the {split} split, but not there: was {prepared} made from {photos}?")
    return found


def evaluate_checkpoint(checkpoint: Path, photos: Path, prepared: Path, out: Path, size: int) -> dict:
    """Fits the temperature on the validation split and measures on the test split.

    Args:
        checkpoint: best.pt of model.train.
        photos: the folder that `prepared` was made of.
        prepared: folder of model.prepare.
        out: folder for the report; replaced if it exists.
        size: side of the network's input, in pixels.

    Returns:
        What it writes to `out`/metrics.json: size, temperature, and metrics of the splits "validation" and "test".

    Raises:
        Mistake: an input is missing.
    """
    from model.export import load_network
    from model.trainer import best_device

    network = load_network(checkpoint).to(best_device()).eval()
    splits = {split: read_split(photos, prepared, split) for split in ("validation", "test")}
    logits, figures = {}, {}
    for split, files in splits.items():
        pixels = np.stack([preprocess(path.read_bytes(), size) for path, _ in tqdm(files, split, unit=" photos")])
        logits[split] = _predict_logits(network, pixels)
    labels = {split: np.array([CLASSES.index(label) for _, label in files]) for split, files in splits.items()}
    temperature = fit_temperature(logits["validation"], labels["validation"])
    for split in splits:
        probabilities = F.softmax(torch.from_numpy(logits[split]) / temperature, 1).numpy()
        figures[split] = classification_metrics(labels[split], probabilities)
    names = [path.relative_to(photos).as_posix() for path, _ in splits["test"]]
    report = {"size": size, "temperature": temperature, **figures}
    write_report(out, Predictions(names, labels["test"], probabilities, pixels), report)
    return report


@torch.no_grad()
def _predict_logits(network: nn.Module, pixels: np.ndarray) -> np.ndarray:
    device = next(network.parameters()).device
    batches = (torch.from_numpy(pixels[i : i + 128]).permute(0, 3, 1, 2) for i in range(0, len(pixels), 128))
    return torch.cat([network(eval_preset(batch.to(device))).float().cpu() for batch in batches]).numpy()


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
    checkpoint.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    checkpoint.add_argument("prepared", type=Path, help="folder that model.prepare made of it")
    checkpoint.add_argument("out", type=Path, help="folder for the report; replaced if it exists")
    checkpoint.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    file = commands.add_parser("file", help="evaluate an exported file on a folder of photos")
    file.add_argument("file", type=Path, help="an exported model, such as catdog.pt")
    file.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    file.add_argument("--out", type=Path, help="also write a report with pictures to this folder")
    args = parser.parse_args()
    if args.command == "checkpoint":
        size = load_params(args.params).export.size
        figures = evaluate_checkpoint(args.checkpoint, args.photos, args.prepared, args.out, size)
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
