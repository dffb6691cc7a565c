"""Copies of a photo are in the split of their original, and different photos are not taken for copies."""

import csv
import io
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.evaluate.photos import split_photos
from model.params import PrepareParams
from model.prepare.arrays import prepare
from model.prepare.fingerprints import Fingerprint, near_pairs
from model.prepare.names import unescaped
from model.prepare.splits import split_of
from tests.unit.photos import BLUE, RED, encoded, landscape, plain, quadrants

PARAMS = PrepareParams(size=48, validation=0.2, test=0.2)
COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "recompressed.jpg": lambda photo: encoded(photo, quality=50),
    "progressive.jpg": lambda photo: encoded(photo, quality=80, progressive=True),
    "smaller.jpg": lambda photo: encoded(photo.resize((photo.width // 2, photo.height // 2))),
    "larger.jpg": lambda photo: encoded(photo.resize((photo.width * 3 // 2, photo.height * 3 // 2))),
    "stretched.png": lambda photo: encoded(photo.resize((150, 150)), "PNG"),
    "format.png": lambda photo: encoded(photo, "PNG"),
    "format.webp": lambda photo: encoded(photo, "WEBP"),
    "format.bmp": lambda photo: encoded(photo, "BMP"),
}


def rows(prepared: Path, name: str = "manifest.csv") -> list[dict[str, str]]:
    with (prepared / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def many(count: int = 60) -> dict[str, bytes]:
    """Different photos of two classes."""
    return {f"{('cat', 'dog')[seed % 2]}/{seed}.jpg": encoded(landscape(200, 140, seed)) for seed in range(count)}


def test_copies_are_in_the_split_of_their_original(tmp_path: Path) -> None:
    originals = many()
    write(tmp_path / "photos", originals)
    prepare(tmp_path / "photos", tmp_path / "before", PARAMS)
    for seed in range(60):
        photo = Image.open(tmp_path / "photos" / f"{('cat', 'dog')[seed % 2]}" / f"{seed}.jpg")
        label = f"{('cat', 'dog')[seed % 2]}/copies"
        write(tmp_path / "photos", {f"{label}/{seed}-{name}": copy(photo) for name, copy in COPIES.items()})
    summary = prepare(tmp_path / "photos", tmp_path / "after", PARAMS)
    splits = defaultdict(set)
    for row in rows(tmp_path / "after"):
        splits[row["file"].split("/")[-1].split("-")[0].split(".")[0]].add((row["split"], row["group"]))
        assert row["split"] == split_of(row["group"], PARAMS)
    assert len(splits) == 60
    assert [seed for seed, found in splits.items() if len(found) > 1] == []
    kept = sum(sum(counts.values()) for counts in summary["splits"].values())
    assert kept == 60 + summary["near_duplicates"]
    assert kept + summary["dropped"]["duplicate"] == 60 * (1 + len(COPIES))


def test_smaller_copies_move_no_original(tmp_path: Path) -> None:
    write(tmp_path / "photos", many())
    prepare(tmp_path / "photos", tmp_path / "before", PARAMS)
    for seed in range(60):
        small = COPIES["smaller.jpg"](landscape(200, 140, seed))
        write(tmp_path / "photos", {f"{('cat', 'dog')[seed % 2]}/small-{seed}.jpg": small})
    prepare(tmp_path / "photos", tmp_path / "after", PARAMS)
    after = {row["sha256"]: row["split"] for row in rows(tmp_path / "after")}
    assert all(after[row["sha256"]] == row["split"] for row in rows(tmp_path / "before"))
    assert len(after) == 120


def test_a_photo_in_two_classes_is_dropped_from_both(tmp_path: Path) -> None:
    photo = landscape(200, 140, 999)
    write(tmp_path / "photos", many())
    write(tmp_path / "photos", {"cat/a.jpg": encoded(photo), "dog/b.jpg": encoded(photo)})
    other = landscape(200, 140, 1000)
    write(
        tmp_path / "photos",
        {"cat/c.jpg": encoded(other), "dog/d.png": encoded(Image.open(io.BytesIO(encoded(other))), "PNG")},
    )
    summary = prepare(tmp_path / "photos", tmp_path / "out", PARAMS)
    assert summary["dropped"] == {"ignored": 0, "unreadable": 0, "duplicate": 0, "in two classes": 4}
    assert rows(tmp_path / "out", "skipped.csv") == [
        {"file": one, "what": "in two classes", "reason": f"the same photo as {another}"}
        for one, another in (
            ("cat/a.jpg", "dog/b.jpg"),
            ("cat/c.jpg", "dog/d.png"),
            ("dog/b.jpg", "cat/a.jpg"),
            ("dog/d.png", "cat/c.jpg"),
        )
    ]
    assert len(rows(tmp_path / "out")) == 60


def test_a_photo_with_many_copies_in_two_classes(tmp_path: Path) -> None:
    """More than are looked at as neighbours, so that each class sees only its own."""
    write(tmp_path / "photos", many(40))
    photo = landscape(300, 200, 77)
    write(tmp_path / "photos", {f"cat/copy-{i}.jpg": encoded(photo, quality=60 + i) for i in range(25)})
    small = photo.resize((90, 60))
    write(tmp_path / "photos", {f"dog/copy-{i}.jpg": encoded(small, quality=60 + i) for i in range(25)})
    prepare(tmp_path / "photos", tmp_path / "prepared", PARAMS)
    dropped = [row["file"] for row in rows(tmp_path / "prepared", "skipped.csv") if row["what"] == "in two classes"]
    assert len(dropped) == 50
    assert not [row["file"] for row in rows(tmp_path / "prepared") if "copy" in row["file"]]


def test_a_copy_behind_many_photos_that_resemble_it_is_found() -> None:
    prints = np.zeros((200, 23), np.float32)
    thumbnails = np.random.default_rng(1).integers(0, 256, (200, 16, 16, 3), np.uint8)
    thumbnails[150] = thumbnails[3]
    pairs, same = near_pairs(prints, thumbnails)
    assert {tuple(sorted(pair)) for pair in pairs.tolist()} == {(3, 150)}
    assert same.all()


def test_different_pictures_are_not_taken_for_copies() -> None:
    """Pictures that have little in them, or little in common with photos."""
    random = np.random.default_rng(1)
    noise = [Image.fromarray(random.integers(0, 256, (48, 48, 3), dtype=np.uint8)) for _ in range(50)]
    dots = [plain((255, 255, 255), 48, 48) for _ in range(36)]
    for number, image in enumerate(dots):
        image.paste(RED, (number % 6 * 8, number // 6 * 8, number % 6 * 8 + 8, number // 6 * 8 + 8))
    greys = [plain((level, level, level), 48, 48) for level in range(0, 256, 5)]
    turned = [quadrants(48, 48).rotate(90 * turn) for turn in range(4)]
    marked = landscape(48, 48, 3)
    marked.paste(BLUE, (20, 20, 32, 32))
    pictures = [*noise, *dots, *greys, *turned, landscape(48, 48, 3), marked]
    prints, thumbnails = zip(*map(Fingerprint(48).of, map(np.asarray, pictures)), strict=True)
    pairs, same = near_pairs(np.stack(prints), np.stack(thumbnails))
    assert pairs.tolist() == []
    assert same.tolist() == []


@pytest.mark.parametrize("size", [16, 33, 136, 300])
def test_fingerprints_of_images_of_any_size(size: int) -> None:
    photo = landscape(600, 600, 5)
    images = [np.asarray(photo.resize((side, side))) for side in (size, 96)]
    prints, thumbnails = zip(*(Fingerprint(len(image)).of(image) for image in images), strict=True)
    pairs, _ = near_pairs(np.stack(prints), np.stack(thumbnails))
    assert sorted(map(tuple, pairs.tolist())) == [(0, 1), (1, 0)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know only UTF-8")
def test_names_that_are_not_utf8_and_files_that_are_no_photos(tmp_path: Path) -> None:
    write(tmp_path / "photos", many())
    odd = [b"caf\xe9.jpg", b"two\nlines.jpg", b"back\\slash.jpg", b'"quote", comma.jpg', "größe 日本.jpg".encode()]
    for number, name in enumerate(odd):
        path = tmp_path / "photos" / "cat" / os.fsdecode(name)
        path.write_bytes(encoded(landscape(90, 60, 100 + number)))
    write(tmp_path / "photos", {"cat/Thumbs.db": b"no photo", "dog/.hidden/1.jpg": b"", "dog/film.jpg": b""})
    with (tmp_path / "photos" / "dog" / "film.jpg").open("wb") as film:
        film.truncate(300 * 2**20)
    prepare(tmp_path / "photos", tmp_path / "out", PARAMS)
    names = {os.fsencode(unescaped(row["file"])) for row in rows(tmp_path / "out")}
    assert {b"cat/" + name for name in odd} <= names
    assert [tuple(row.values()) for row in rows(tmp_path / "out", "skipped.csv")] == [
        ("cat/Thumbs.db", "unreadable", "the bytes are not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"),
        ("dog/.hidden", "ignored", "hidden"),
        ("dog/film.jpg", "unreadable", "the file has more than 268,435,456 bytes"),
    ]
    for split in ("train", "validation", "test"):
        read = split_photos(tmp_path / "photos", tmp_path / "out", split, 48, ("cat", "dog"))
        assert np.array_equal([photo.pixels for photo in read], np.load(tmp_path / "out" / f"{split}.npy"))
