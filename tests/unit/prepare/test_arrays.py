"""Arrays of a folder of photos: none lost, none twice, none in two splits, and written whole or not at all."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import Mistake
from model.prepare.arrays import prepare
from model.prepare.splits import SPLITS
from tests.unit.conftest import PREPARE
from tests.unit.photos import encoded, landscape, write_easy_photos

CLASSES = ("cat", "dog")


def test_every_photo_is_in_one_split_with_its_label(photos: Path, prepared: Path) -> None:
    with (prepared / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["file"] for row in rows) == sorted(str(p.relative_to(photos)) for p in photos.rglob("*.png"))
    for split in SPLITS:
        members = [row for row in rows if row["split"] == split]
        pixels, labels = np.load(prepared / f"{split}.npy"), np.load(prepared / f"{split}-labels.npy")
        assert pixels.shape == (len(members), PREPARE.size, PREPARE.size, 3)
        assert pixels.dtype == np.uint8
        assert [CLASSES[label] for label in labels] == [row["class"] for row in members]
        for row, photo in zip(members, pixels, strict=True):  # cats are red
            assert (photo[..., 0].mean() > photo[..., 2].mean()) == (row["class"] == "cat")


def test_the_summary_counts(prepared: Path) -> None:
    summary = json.loads((prepared / "summary.json").read_text())
    assert summary["size"] == PREPARE.size
    assert summary["dropped"] == {"ignored": 0, "unreadable": 0, "duplicate": 0, "in two classes": 0}
    assert sum(sum(counts.values()) for counts in summary["splits"].values()) == 72
    assert sum(counts["cat"] for counts in summary["splits"].values()) == 36


def test_useless_files_are_dropped_and_counted(photos: Path, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    good = next((folder / "cat").iterdir()).read_bytes()
    (folder / "cat" / "empty.jpg").touch()
    (folder / "cat" / "words.jpg").write_text("no photo at all")
    (folder / "dog" / "cut.jpg").write_bytes(encoded(landscape(300, 200))[:3000])
    (folder / "cat" / "sub").mkdir()
    (folder / "cat" / "sub" / "copy.png").write_bytes(good)
    with Image.open(folder / "dog" / "001.png") as same_pixels:
        same_pixels.save(folder / "dog" / "other-format.bmp")
    (folder / "cat" / ".DS_Store").write_text("left by a file manager")
    summary = prepare(folder, tmp_path / "out", PREPARE)
    assert summary["dropped"] == {"ignored": 1, "unreadable": 3, "duplicate": 2, "in two classes": 0}
    assert sum(sum(counts.values()) for counts in summary["splits"].values()) == 72


def test_the_hash_of_the_data_does_not_depend_on_names(photos: Path, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for label in CLASSES:
        shutil.copytree(photos / label, folder / label / "deeper")
    summary = prepare(folder, tmp_path / "out", PREPARE)
    assert summary["data"] == json.loads((prepared / "summary.json").read_text())["data"]
    (folder / "cat" / "one-more.png").write_bytes(encoded(landscape(50, 50, 999), "PNG"))
    assert prepare(folder, tmp_path / "out", PREPARE)["data"] != summary["data"]


def test_a_failure_leaves_nothing_behind_and_keeps_what_was_there(tmp_path: Path) -> None:
    write_easy_photos(tmp_path / "photos", 4)  # too few for three splits
    with pytest.raises(Mistake, match=r"too few photos: none of the class (cat|dog) fell into the"):
        prepare(tmp_path / "photos", tmp_path / "work" / "out", PREPARE)
    assert list((tmp_path / "work").iterdir()) == []

    write_easy_photos(tmp_path / "many", 72)
    prepare(tmp_path / "many", tmp_path / "work" / "out", PREPARE)
    before = (tmp_path / "work" / "out" / "summary.json").read_text()
    with pytest.raises(Mistake, match="too few"):
        prepare(tmp_path / "photos", tmp_path / "work" / "out", PREPARE)
    assert (tmp_path / "work" / "out" / "summary.json").read_text() == before
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["out"]


def test_a_folder_without_photos_of_a_class(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no folder"):
        prepare(tmp_path / "nowhere", tmp_path / "out", PREPARE)
    (tmp_path / "photos" / "dog").mkdir(parents=True)
    (tmp_path / "photos" / "dog" / "1.png").write_bytes(encoded(landscape(9, 9), "PNG"))
    with pytest.raises(Mistake, match="has photos of only one class, dog"):
        prepare(tmp_path / "photos", tmp_path / "out", PREPARE)
    (tmp_path / "photos" / "cat").mkdir()
    with pytest.raises(Mistake, match="has no photos of the class cat"):
        prepare(tmp_path / "photos", tmp_path / "out", PREPARE)
    assert not (tmp_path / "out").exists()
