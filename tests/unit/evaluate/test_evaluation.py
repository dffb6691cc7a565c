"""Evaluation of a training run and of an exported file: the same figures, and a complete report."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract.exported import load_exported
from model.evaluate.evaluation import evaluate_file
from tests.unit.photos import encoded, landscape, write_easy_photos

REPORT = {
    "calibration.png", "confusion.png", "metrics.json", "mistakes.png", "predictions.csv", "report.txt",
}  # fmt: skip


def test_the_report_is_complete(evaluated: Path, prepared: Path) -> None:
    assert {path.name for path in evaluated.iterdir()} == REPORT
    for picture in evaluated.glob("*.png"):
        with Image.open(picture) as image:
            assert min(image.size) > 60
    figures = json.loads((evaluated / "metrics.json").read_text())
    assert figures.keys() == {"size", "temperature", "validation", "test"}
    assert figures["test"]["accuracy"] > 0.9
    with (evaluated / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(np.load(prepared / "test-labels.npy"))
    right = sum(row["actual"] == row["predicted"] for row in rows)
    assert right / len(rows) == pytest.approx(figures["test"]["accuracy"])


def test_the_exported_file_answers_as_the_evaluated_network_does(evaluated: Path, exported: Path, photos: Path) -> None:
    """The photos of the test split, once through the network, once through the export."""
    with (evaluated / "predictions.csv").open() as file:
        expected = {row["file"]: float(row["cat"]) for row in csv.DictReader(file)}
    predictions, unreadable = evaluate_file(load_exported(exported), photos)
    assert unreadable == 0
    found = dict(zip(predictions.photos.names, predictions.probabilities[:, 0], strict=True))
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


def test_unreadable_files_are_counted(exported: Path, tmp_path: Path) -> None:
    write_easy_photos(tmp_path, 6)
    (tmp_path / "cat" / "words.jpg").write_text("no photo")
    (tmp_path / "dog" / "cut.jpg").write_bytes(encoded(landscape(300, 200))[:3000])
    predictions, unreadable = evaluate_file(load_exported(exported), tmp_path)
    assert unreadable == 2
    assert predictions.photos.names == [f"cat/00{n}.png" for n in (0, 2, 4)] + [f"dog/00{n}.png" for n in (1, 3, 5)]
    assert list(predictions.photos.labels) == [0, 0, 0, 1, 1, 1]
