"""Photos of no class: which ones are tried, and what the report says of their answers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.contract.errors import Mistake
from model.contract.exported import load_exported
from model.evaluate.evaluation import evaluate_no_class
from model.evaluate.no_class import (
    BUNDLED,
    LISTED,
    PHOTOS,
    NoClassAnswers,
    answer_no_class,
    bundled_photos,
    folder_photos,
)
from tests.unit.conftest import Command
from tests.unit.photos import encoded, landscape

CLASSES = ("cat", "dog")


def answers(*confidences: float, below: float | None) -> NoClassAnswers:
    rows = np.array([[confidence, 1 - confidence] for confidence in confidences], np.float32).reshape(-1, 2)
    return NoClassAnswers("of a test", CLASSES, [f"{n}.jpg" for n in range(len(rows))], rows, below)


def test_the_locked_packages_have_all_photos() -> None:
    assert list(bundled_photos(("quark", "lepton"))) == list(PHOTOS)


def test_photos_can_be_read_as_a_model_sees_them() -> None:
    photos = bundled_photos(("quark", "lepton"))
    found = answer_no_class(BUNDLED, photos, CLASSES, 32, lambda pixels: pixels.mean((1, 2))[:, :2] / 255, 0.5)
    assert found.files == list(photos)
    assert 0.05 < found.probabilities.min() <= found.probabilities.max() < 0.95


@pytest.mark.parametrize(
    ("classes", "left_out"),
    [
        (("cat", "dog"), {"chelsea.png"}),
        (("Cats", "DOGS"), {"chelsea.png"}),
        (("tabby cat", "birds_of_prey"), {"chelsea.png"}),
        (("coffee-mug", "vase"), {"coffee.png"}),
        (("categories", "dogma"), set()),
        (("grass", "glass"), {"grass.png", "camera.png"}),
        (("women", "man"), {"camera.png"}),
    ],
)
def test_photos_of_a_class_are_left_out(classes: tuple[str, ...], left_out: set[str]) -> None:
    tried = bundled_photos(classes)
    assert {name.rpartition("/")[2] for name in PHOTOS if name not in tried} == left_out


@pytest.mark.parametrize("name", ["other", "Others", "no cat", "not_cat", "none", "background"])
def test_a_class_for_all_others_leaves_no_photo_of_no_class(name: str) -> None:
    assert bundled_photos(("cat", name)) == {}


def test_without_photos_the_report_says_so() -> None:
    found = answer_no_class(BUNDLED, {}, CLASSES, 32, lambda pixels: pixels, 0.5)
    assert found.figures == {"photos": 0, "unsure": 0}
    assert found.report() == [
        "no photos of no class that come with Python packages: none is there, or each may show one of the classes"
    ]


def test_the_report_on_a_few() -> None:
    found = answers(0.75, 0.25, 0.998, below=0.9)
    assert found.figures == {"photos": 3, "unsure": 2}
    assert found.report() == [
        "3 photos of no class of a test: 2 marked as unsure",
        "  sure     99.8% cat for 2.jpg",
        "  unsure   75.0% cat for 0.jpg",
        "  unsure   75.0% dog for 1.jpg",
        "How far that goes: 2 of 3 means that 21% to 94% of such photos are marked (95 % interval), if these were "
        "chosen at random.",
        "Other photos may do otherwise: the threshold is chosen on photos of the classes, and a network can be sure of "
        "what it never learned.",
        "The most confident answer of these: 99.8% cat for 2.jpg.",
    ]


def test_a_model_without_a_threshold_marks_none() -> None:
    found = answers(0.75, below=None)
    assert found.figures == {"photos": 1, "unsure": 0}
    assert found.report() == [
        "1 photo of no class of a test: none is marked as unsure, because the model has no threshold",
        "   75.0% cat for 0.jpg",
        "The most confident answer of these: 75.0% cat for 0.jpg.",
    ]


def test_of_many_photos_the_most_confident_are_listed() -> None:
    lines = answers(*np.linspace(0.5, 1, LISTED + 7), below=0.6).report()
    assert lines[1].endswith(f"for {LISTED + 6}.jpg")
    assert lines[LISTED + 1] == "  … and 7 of less confidence"


def test_photos_of_a_folder(tmp_path: Path) -> None:
    photo = encoded(landscape(40, 30))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("a.jpg", "deep/er/b.jpg", ".hidden.jpg"):
        (tmp_path / name).write_bytes(photo)
    (tmp_path / "words.txt").write_text("no photo")
    found = answer_no_class(
        "", folder_photos(tmp_path), CLASSES, 32, lambda pixels: np.full((len(pixels), 2), 0.5, np.float32), 0.6
    )
    assert (found.files, found.figures) == (["a.jpg", "deep/er/b.jpg"], {"photos": 2, "unsure": 2})
    with pytest.raises(Mistake, match="there is no folder"):
        folder_photos(tmp_path / "none")


def test_a_folder_without_photos(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no photo")
    with pytest.raises(Mistake, match="has no readable photo"):
        evaluate_no_class(load_exported(exported), tmp_path)


def test_the_stage_and_the_file_mark_the_same_photos(evaluated: Path, exported: Path) -> None:
    figures = json.loads((evaluated / "metrics.json").read_text())
    (bundled,) = evaluate_no_class(load_exported(exported), None)
    assert bundled.figures == figures["no_class"]
    assert bundled.figures["photos"] == len(PHOTOS) - 1
    report = (evaluated / "report.txt").read_text()
    assert bundled.summary() in report
    assert all(f" for {name}\n" in report for name in bundled.files)


def test_the_command_tries_photos_of_mine(
    command: Command, exported: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(photos / "cat", mine)
    out = tmp_path / "out"
    assert command("evaluate", "file", exported, photos, "--no-class", mine, "--out", out) == ""
    printed = capsys.readouterr().out
    assert f"36 photos of no class in {mine}: " in printed
    report = (out / "report.txt").read_text()
    assert f"36 photos of no class in {mine}: " in report
    assert " photos of no class that come with Python packages: " in report
    assert "for 000.png\n" in report
    assert command("evaluate", "file", exported, photos, "--no-class", tmp_path / "none").startswith(
        "error: there is no"
    )
    assert "is the input" in command("evaluate", "file", exported, photos, "--no-class", mine, "--out", mine)
