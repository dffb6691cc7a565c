"""Evaluation of a training run and of an exported file: the same figures, and a complete report."""

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import Mistake
from model.contract.exported import load_exported
from model.evaluate.answers import read_answers
from model.evaluate.evaluation import evaluate_file
from model.evaluate.metrics import classification_metrics, explain_missing
from model.evaluate.photos import Predictions
from model.evaluate.report import is_report, write_report
from tests.unit.photos import encoded, landscape, write_easy_photos

REPORT = {
    "answers.npz", "calibration.png", "confusion.png", "metrics.json", "mistakes.png", "predictions.csv", "report.txt",
    "unsure.png",
}  # fmt: skip


def test_the_report_is_complete(evaluated: Path, prepared: Path) -> None:
    assert {path.name for path in evaluated.iterdir()} == REPORT
    for picture in evaluated.glob("*.png"):
        with Image.open(picture) as image:
            assert min(image.size) > 60
    figures = json.loads((evaluated / "metrics.json").read_text())
    assert figures.keys() == {
        "checkpoint",
        "classes",
        "data",
        "size",
        "temperature",
        "validation",
        "test",
        "unsure",
        "no_class",
    }
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
    found = dict(zip(predictions.files, predictions.outputs[:, 0], strict=True))
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


def test_unreadable_files_are_counted(exported: Path, tmp_path: Path) -> None:
    write_easy_photos(tmp_path, 6)
    (tmp_path / "cat" / "words.jpg").write_text("no photo")
    (tmp_path / "dog" / "cut.jpg").write_bytes(encoded(landscape(300, 200))[:3000])
    predictions, unreadable = evaluate_file(load_exported(exported), tmp_path)
    assert unreadable == 2
    assert predictions.files == [f"cat/00{n}.png" for n in (0, 2, 4)] + [f"dog/00{n}.png" for n in (1, 3, 5)]
    assert list(predictions.labels) == [0, 0, 0, 1, 1, 1]


def test_a_folder_with_another_class(exported: Path, tmp_path: Path) -> None:
    write_easy_photos(tmp_path, 6)
    (tmp_path / "dog").rename(tmp_path / "owl")
    with pytest.raises(Mistake, match="has a class owl, which the model does not have"):
        evaluate_file(load_exported(exported), tmp_path)


def test_classes_may_be_capitalised(exported: Path, tmp_path: Path) -> None:
    write_easy_photos(tmp_path, 6)
    (tmp_path / "dog").rename(tmp_path / "Dog")
    predictions, _ = evaluate_file(load_exported(exported), tmp_path)
    assert sorted(predictions.labels) == [0, 0, 0, 1, 1, 1]


ODD = ("file", "actual", "a,b", "$x^{$", "ページ", "x" * 300, "_", "-", "#", "<b>", "class file")


def predictions_of(folder: Path, classes: Sequence[str], count: int) -> Predictions:
    """Of `count` photos, all of classes but the last one."""
    random = np.random.default_rng(1)
    photo = folder / "photo.png"
    photo.write_bytes(encoded(landscape(40, 30), "PNG"))
    names = [f"{number}.png" for number in range(count)]
    hashes = [f"{number:064x}" for number in random.permutation(count)]
    labels = np.arange(count) % (len(classes) - 1)
    outputs = random.dirichlet(np.full(len(classes), 0.1), count).astype(np.float32)
    return Predictions(classes, [photo] * count, names, hashes, labels, outputs, 32)


@pytest.mark.parametrize(
    "classes",
    [ODD, ("a", "b", "c"), [f"kind {number}" for number in range(50)], [f"class {number}" for number in range(1000)]],
    ids=["odd names", "3", "50", "1000"],
)
def test_reports_of_many_classes(tmp_path: Path, classes: Sequence[str]) -> None:
    predictions = predictions_of(tmp_path, classes, 2 * len(classes))
    out = tmp_path / "report"
    out.mkdir()
    notes = explain_missing(predictions.labels, classes)
    metrics = classification_metrics(predictions.labels, predictions.outputs)
    write_report(out, predictions, metrics | {"notes": notes}, None, notes)
    assert is_report(out)
    json.loads((out / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert notes[0] in (out / "report.txt").read_text()
    assert "confused most often" in (out / "report.txt").read_text()
    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["actual"] for row in rows] == [classes[label] for label in predictions.labels]
    assert {len(row) for row in rows} == {3 + len(classes)}
    for picture in out.glob("*.png"):
        with Image.open(picture) as image:
            assert min(image.size) >= 60
            assert max(image.size) < 4000
    answers = read_answers(out / "answers.npz")
    assert answers.photos == len(rows)
    assert answers.confidence_counts.sum() == len(rows)
    assert [bytes(each).hex() for each in answers.sha256] == sorted(predictions.sha256s)
    assert answers.right.mean() == pytest.approx(
        predictions.outputs[np.arange(len(rows)), predictions.labels].mean(), rel=1e-5
    )


def test_reports_of_earlier_versions(evaluated: Path, tmp_path: Path) -> None:
    shutil.copytree(evaluated, tmp_path / "report")
    for name in ("unsure.png", "answers.npz"):
        (tmp_path / "report" / name).unlink()
        assert is_report(tmp_path / "report")
    (tmp_path / "report" / "other").touch()
    assert not is_report(tmp_path / "report")
