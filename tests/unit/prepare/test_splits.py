"""Which photo belongs to which split, and the photos of one split."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from model.evaluate.photos import split_photos
from model.params import PrepareParams
from model.prepare.arrays import prepare
from model.prepare.splits import split_of
from tests.unit.conftest import PREPARE
from tests.unit.photos import write_easy_photos

CLASSES = ("cat", "dog")


def manifest(prepared: Path) -> dict[str, str]:
    """Split by content hash."""
    with (prepared / "manifest.csv").open() as file:
        return {row["sha256"]: row["split"] for row in csv.DictReader(file)}


def test_splits_stay_when_files_are_renamed_and_added(photos: Path, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    write_easy_photos(folder, 90)  # the first 72 are the same
    for number, path in enumerate(sorted(folder.rglob("*.png"), reverse=True)):
        path.rename(path.with_name(f"renamed-{number}.png"))
    prepare(folder, tmp_path / "out", PREPARE)
    before, after = manifest(prepared), manifest(tmp_path / "out")
    assert len(after) == 90
    assert before.items() <= after.items()


def test_shares_of_the_splits() -> None:
    params = PrepareParams(validation=0.08, test=0.10)
    splits = [split_of(hashlib.sha256(str(number).encode()).hexdigest(), params) for number in range(20_000)]
    assert splits.count("test") / len(splits) == pytest.approx(0.10, abs=0.01)
    assert splits.count("validation") / len(splits) == pytest.approx(0.08, abs=0.01)


def test_the_test_split_and_nothing_else(photos: Path, prepared: Path) -> None:
    split = list(split_photos(photos, prepared, "test", PREPARE.size, CLASSES))
    with (prepared / "manifest.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    assert [photo.file for photo in split] == [row["file"] for row in rows]
    assert [CLASSES[label] for label in (photo.label for photo in split)] == [row["class"] for row in rows]
    assert np.array_equal([photo.pixels for photo in split], np.load(prepared / "test.npy"))
