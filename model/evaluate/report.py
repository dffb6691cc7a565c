"""The report on a model: figures, tables and pictures in one folder."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.command import new_folder
from model.contract.classes import CLASSES
from model.evaluate import pictures
from model.evaluate.metrics import classification_table
from model.prepare.splits import LabelledPhotos


class Predictions(NamedTuple):
    """Photos, and a model's answers to them: probabilities (float32 [N, 2])."""

    photos: LabelledPhotos
    probabilities: np.ndarray


def write_report(out: Path, predictions: Predictions, figures: Mapping[str, object]) -> None:
    """Writes metrics.json, report.txt, predictions.csv and pictures to the folder `out`, replacing it.

    Args:
        out: folder to write.
        predictions: what the tables and pictures show.
        figures: what metrics.json is to hold.
    """
    (names, labels, pixels), probabilities = predictions
    with new_folder(out) as work:
        (work / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
        (work / "report.txt").write_text(classification_table(labels, probabilities))
        with (work / "predictions.csv").open("w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["file", "actual", "predicted", "cat", "dog"])
            for name, label, pair in zip(names, labels, probabilities, strict=True):
                table.writerow([name, CLASSES[label], CLASSES[pair.argmax()], *(f"{p:.6f}" for p in pair)])
        pictures.draw_confusion(labels, probabilities, work / "confusion.png")
        pictures.draw_calibration(labels, probabilities, work / "calibration.png")
        pictures.draw_mistakes(pixels, labels, probabilities, work / "mistakes.png")
