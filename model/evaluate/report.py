"""The report on a model: figures, tables and pictures in one folder."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.contract.classes import CLASSES
from model.evaluate import pictures
from model.evaluate.metrics import classification_table
from model.output import holds_all
from model.prepare.splits import LabelledPhotos

COLUMNS = ("file", "actual", "predicted", "cat", "dog")  # of predictions.csv
FILES = {"metrics.json", "report.txt", "predictions.csv", "confusion.png", "calibration.png", "mistakes.png"}


class Predictions(NamedTuple):
    """Photos, and a model's answers to them: probabilities (float32 [N, 2])."""

    photos: LabelledPhotos
    probabilities: np.ndarray


def is_report(folder: Path) -> bool:
    """Whether the folder holds what `write_report` writes, and nothing else."""
    return holds_all(folder, FILES) and (folder / "predictions.csv").read_bytes().startswith(
        ",".join(COLUMNS).encode() + b"\n"
    )


def write_report(folder: Path, predictions: Predictions, figures: Mapping[str, object]) -> None:
    """Writes metrics.json, report.txt, predictions.csv and pictures.

    Args:
        folder: an empty folder.
        predictions: what the tables and pictures show.
        figures: what metrics.json is to hold.
    """
    (names, labels, pixels), probabilities = predictions
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
    (folder / "report.txt").write_text(classification_table(labels, probabilities))
    with (folder / "predictions.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for name, label, pair in zip(names, labels, probabilities, strict=True):
            table.writerow([name, CLASSES[label], CLASSES[pair.argmax()], *(f"{p:.6f}" for p in pair)])
    pictures.draw_confusion(labels, probabilities, folder / "confusion.png")
    pictures.draw_calibration(labels, probabilities, folder / "calibration.png")
    pictures.draw_mistakes(pixels, labels, probabilities, folder / "mistakes.png")
