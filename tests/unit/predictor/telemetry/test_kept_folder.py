"""Which photos stay in the folder, and that nothing of others is touched."""

import json
import random
import time
from pathlib import Path

import pytest

from predictor.telemetry.kept_folder import Description, KeptFolder, extension_of, safe_name

JPEG = b"\xff\xd8" + b"x" * 98


def described(name: str, unsure: bool = False, age: float = 0.0, index: int = 0) -> Description:
    return {
        "request_id": name,
        "index": index,
        "label": "cat",
        "confidence": 0.9,
        "unsure": unsure,
        "revision": "0123abc",
        "model_version": "456def",
        "time": time.time() - age,
    }


def opened(path: Path, most_photos: int = 100, most_bytes: int = 10**6, seconds: float = 1000) -> KeptFolder:
    folder = KeptFolder(path, most_photos, most_bytes, seconds)
    folder.open()
    return folder


def names(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}


def test_a_photo_and_what_stands_beside_it(tmp_path: Path) -> None:
    description = described("an-id", index=3)
    opened(tmp_path / "kept").keep(JPEG, description, 0.5)
    assert names(tmp_path / "kept") == {"an-id-3.jpg", "an-id-3.json"}
    assert (tmp_path / "kept" / "an-id-3.jpg").read_bytes() == JPEG
    assert json.loads((tmp_path / "kept" / "an-id-3.json").read_text()) == description


def test_unsure_ones_stay_first(tmp_path: Path) -> None:
    folder = opened(tmp_path, most_photos=10)
    for number in range(100):
        folder.keep(JPEG, described(f"{number}", unsure=number % 20 == 0), random.random())
    kept = [json.loads(file.read_text()) for file in tmp_path.glob("*.json")]
    assert len(kept) == len(folder) == len([*tmp_path.glob("*.jpg")]) == 10
    assert {each["request_id"] for each in kept if each["unsure"]} == {"0", "20", "40", "60", "80"}


def test_the_rest_is_a_random_sample(tmp_path: Path) -> None:
    folder, draw = opened(tmp_path, most_photos=50), random.Random(1)
    for number in range(1000):
        folder.keep(JPEG, described(f"{number}"), draw.random())
    numbers = [int(file.name.partition("-")[0]) for file in tmp_path.glob("*.json")]
    assert 350 < sum(numbers) / 50 < 650  # neither the first nor the last


def test_bytes_are_bounded(tmp_path: Path) -> None:
    folder = opened(tmp_path, most_bytes=2000)
    for number in range(50):
        folder.keep(JPEG, described(f"{number}"), random.random())
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2000
    assert 4 <= len(folder) <= 8
    folder.keep(b"x" * 2000, described("large"), 1.0)  # others are not deleted for what does not fit
    assert len(folder) >= 4


def test_what_is_not_worth_it_is_not_even_written(tmp_path: Path) -> None:
    folder = opened(tmp_path, most_photos=1)
    assert folder.would_keep(False, 0.0)
    folder.keep(JPEG, described("one"), 0.5)
    assert [folder.would_keep(False, 0.4), folder.would_keep(False, 0.6), folder.would_keep(True, 0.0)] == [0, 1, 1]
    folder.keep(JPEG, described("two"), 0.4)
    assert names(tmp_path) == {"one-0.jpg", "one-0.json"}


def test_time_is_bounded(tmp_path: Path) -> None:
    folder = opened(tmp_path, most_photos=2, seconds=100)
    folder.keep(JPEG, described("old", unsure=True, age=101), 0.9)
    folder.keep(JPEG, described("new", age=99), 0.9)
    assert not folder.would_keep(False, 0.5)
    folder.drop_old()
    assert names(tmp_path) == {"new-0.jpg", "new-0.json"}
    assert folder.would_keep(False, 0.5)


def test_a_server_that_starts_again_goes_on(tmp_path: Path) -> None:
    others = {"cat-1.jpg": b"a photo", "notes.json": b"{}", "list.json": b"[]", "broken.json": b"{"}
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    before = opened(tmp_path, seconds=100)
    for number in range(5):
        before.keep(JPEG, described(f"{number}", unsure=number == 0, age=50), 0.5)
    (tmp_path / "1-0.jpg").unlink()
    (tmp_path / "half.jpg.photo-part").touch()
    after = opened(tmp_path, most_photos=3, seconds=100)
    assert len(after) == 3
    found = names(tmp_path)
    assert {"0-0.jpg", "0-0.json", *others} <= found
    assert len(found) == len(others) + 6
    assert len(opened(tmp_path, seconds=10)) == 0
    assert names(tmp_path) == {*others}


def test_the_same_id_again(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    for content in (JPEG, b"other"):
        folder.keep(content, described("one"), 0.5)
    assert (tmp_path / "one-0.jpg").read_bytes() == JPEG
    assert len(folder) == 1


def test_a_photo_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    (tmp_path / "one-0.jpg.photo-part").mkdir()
    with pytest.raises(OSError, match="directory"):
        folder.keep(JPEG, described("one"), 0.5)
    assert len(folder) == 0
    assert not folder._bytes
    assert "one-0.json" not in names(tmp_path)


@pytest.mark.parametrize("given", ["../../etc/passwd", "..", "a b", "/", "x" * 128, ".hidden", "a\\b", "-rf"])
def test_request_ids_are_made_safe(tmp_path: Path, given: str) -> None:
    name = safe_name(given)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert len(name) <= 120
    assert not name.startswith(".")
    assert name != safe_name(given + "2")


def test_fit_ids_stay(tmp_path: Path) -> None:
    assert safe_name("f1c7.9_of-today") == "f1c7.9_of-today"


@pytest.mark.parametrize(
    ("start", "extension"),
    [
        (b"\x89PNG\r\n", "png"),
        (b"RIFF....WEBP", "webp"),
        (b"\0\0\0\x14ftypheic", "heic"),
        (b"\0\0\0\x14ftypavif", "avif"),
        (b"?", "img"),
    ],
)
def test_extensions(start: bytes, extension: str) -> None:
    assert extension_of(start) == extension
