"""Before a training: can a model of these photos be compared with the baseline?"""

import csv
import shutil
from pathlib import Path

import pytest

from model.params import PrepareParams
from model.prepare.arrays import prepare
from model.prepare.splits import MANIFEST, MANIFEST_COLUMNS
from tests.unit.conftest import PREPARE, Command
from tests.unit.photos import encoded, landscape, write_easy_photos


def test_the_photos_of_the_baseline(
    prepared: Path, exported: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("accept", prepared, exported) == ""
    assert capsys.readouterr().out == "It is going to be compared on 15 of the baseline's 15 test photos.\n"


def test_a_few_of_them(exported: Path, command: Command, tmp_path: Path) -> None:
    write_easy_photos(tmp_path / "photos", 20)
    prepare(tmp_path / "photos", tmp_path / "prepared", PREPARE)
    said = command("accept", tmp_path / "prepared", exported)
    assert said.startswith("error: only ")
    assert "of the baseline's 15 test photos are among these, so no model of them can be compared with it" in said
    assert "\n" not in said


def test_more_of_them_to_test_on(photos: Path, exported: Path, command: Command, tmp_path: Path) -> None:
    """A photo's hash decides about its split, so a larger share keeps those that were there."""
    prepare(photos, tmp_path / "prepared", PrepareParams(size=48, validation=0.2, test=0.4))
    assert command("accept", tmp_path / "prepared", exported) == ""


def relabelled(prepared: Path, out: Path, count: int) -> Path:
    """A copy of prepared photos, in which so many of the test split were given the other class."""
    shutil.copytree(prepared, out)
    with (out / MANIFEST).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in [row for row in rows if row["split"] == "test"][:count]:
        row["class"] = {"cat": "dog", "dog": "cat"}[row["class"]]
    with (out / MANIFEST).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS)
        table.writeheader()
        table.writerows(rows)
    return out


def test_relabelled_ones(
    prepared: Path, exported: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after the training: they are left out and counted, and what remains must be enough."""
    assert command("accept", relabelled(prepared, tmp_path / "two", 2), exported) == ""
    assert capsys.readouterr().out == (
        "It is going to be compared on 13 of the baseline's 15 test photos; 2 more were relabelled and are left out.\n"
    )
    said = command("accept", relabelled(prepared, tmp_path / "eight", 8), exported)
    assert "only 7 of the baseline's 15 test photos are among these, and 8 more in another class, so no model" in said


def test_other_classes(exported: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label in ("owl", "fox"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for index in range(12):
            photo = encoded(landscape(40, 30, index + 100 * (label == "owl")))
            (tmp_path / "photos" / label / f"{index}.jpg").write_bytes(photo)
    prepare(tmp_path / "photos", tmp_path / "prepared", PREPARE)
    assert command("accept", tmp_path / "prepared", exported) == ""
    assert capsys.readouterr().out.startswith("The baseline has other classes: only the time")


def test_mistakes(exported: Path, prepared: Path, command: Command, tmp_path: Path) -> None:
    assert "has no prepared photos" in command("accept", tmp_path, exported)
    assert command("accept", prepared, tmp_path / "none.pt").startswith("error: there is no model file")
