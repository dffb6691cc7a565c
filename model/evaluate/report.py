"""The report on a model: figures, tables and pictures in one folder."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import classification_report

from model.contract.metadata import Unsure
from model.evaluate.answers import ANSWERS, make_answers
from model.evaluate.metrics import confused_pairs
from model.evaluate.no_class import NoClassAnswers
from model.evaluate.photos import Predictions
from model.evaluate.pictures import (
    LONGEST,
    draw_calibration,
    draw_confusion,
    draw_mistakes,
    draw_unsure,
    find_mistakes,
    short_name,
)
from model.evaluate.unsure import describe_unsure
from model.output import holds_all

COLUMNS = ("file", "actual", "predicted")  # of predictions.csv; behind them the probability of each class
PICTURES = {"confusion.png", "calibration.png", "mistakes.png", "unsure.png"}
FILES = {"metrics.json", "report.txt", "predictions.csv", ANSWERS} | PICTURES
NEW = ({"unsure.png"}, {"unsure.png", ANSWERS})  # what earlier versions did not write
PAIRS = 20  # of classes that are confused, in report.txt
MISTAKES = 40  # photos in the picture


def is_report(folder: Path) -> bool:
    """Whether the folder holds what `write_report` writes, or an earlier version wrote, and nothing else."""
    if not any(holds_all(folder, FILES - missing) for missing in (set(), *NEW)):
        return False
    with (folder / "predictions.csv").open("rb") as file:
        return file.readline(100).startswith(",".join(COLUMNS).encode() + b",")


def write_report(
    folder: Path,
    predictions: Predictions,
    figures: Mapping[str, object],
    unsure: Unsure | None = None,
    notes: Sequence[str] = (),
    no_class: Sequence[NoClassAnswers] = (),
) -> None:
    """Writes metrics.json, report.txt, predictions.csv, answers.npz and the pictures.

    Args:
        folder: an empty folder.
        predictions: what the tables and pictures show; their outputs are probabilities.
        figures: what metrics.json is to hold.
        unsure: which answers are marked, if any are.
        notes: sentences for report.txt.
        no_class: answers to photos of no class, for report.txt.
    """
    classes, labels, probabilities = predictions.classes, predictions.labels, predictions.outputs
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2, allow_nan=False) + "\n", "utf-8")
    text = classification_table(labels, probabilities.argmax(1), classes)
    text += _describe_pairs(labels, probabilities.argmax(1), classes)
    sentences = [*notes, describe_unsure(unsure)] if unsure else notes
    lines = [text, *sentences, *(line for answers in no_class for line in ("", *answers.report()))]
    (folder / "report.txt").write_text("\n".join(lines).rstrip("\n") + "\n", "utf-8")
    _write_table(folder / "predictions.csv", predictions)
    (folder / ANSWERS).write_bytes(make_answers(predictions.sha256s, labels, probabilities).to_bytes())
    draw_confusion(labels, probabilities.argmax(1), classes, folder / "confusion.png")
    draw_calibration(labels, probabilities, folder / "calibration.png")
    draw_unsure(labels, probabilities, unsure, folder / "unsure.png")
    worst = find_mistakes(labels, probabilities, MISTAKES)
    photos = [predictions.pixels(index) for index in worst]
    draw_mistakes(photos, labels[worst], probabilities[worst], classes, folder / "mistakes.png")


def classification_table(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> str:
    """Precision, recall, F1 and photos of the classes that have photos; "macro avg" is what classification_metrics has.

    Args:
        labels: the right classes, int [N].
        predicted: int [N].
        classes: their names; a name that is cut begins with the number of the class.
    """
    present = np.unique(labels)
    names = [
        classes[index] if len(classes[index]) <= LONGEST else short_name(f"#{index + 1} {classes[index]}")
        for index in present
    ]
    table: str = classification_report(labels, predicted, labels=present, target_names=names, digits=4, zero_division=0)
    return table


def _write_table(path: Path, predictions: Predictions) -> None:
    classes = predictions.classes
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*COLUMNS, *_column_names(classes)])
        for name, label, row in zip(predictions.files, predictions.labels, predictions.outputs, strict=True):
            table.writerow([name, classes[label], classes[row.argmax()], *(f"{p:.6f}" for p in row)])


def _column_names(classes: Sequence[str]) -> list[str]:
    """The classes' names; one that is called like another column has "class" before it."""
    taken = {*COLUMNS, *classes}
    names = []
    for name in classes:
        column = name
        while column in COLUMNS or (column != name and column in taken):
            column = f"class {column}"
        taken.add(column)
        names.append(column)
    return names


def _describe_pairs(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> str:
    """The classes that are confused most often, where there are so many that the matrix does not show them at once."""
    pairs = confused_pairs(labels, predicted, len(classes), PAIRS)
    if len(classes) == 2 or not pairs:
        return ""
    lines = [
        f"{count:6,} of {(labels == actual).sum():,} photos of {classes[actual]} taken for {classes[guess]}"
        for actual, guess, count in pairs
    ]
    return "\n".join(["\nconfused most often", *lines, ""])
