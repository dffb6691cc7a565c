"""Photos that are drawn, copied from a folder, or taken from torchvision's data set."""

import hashlib
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import Mistake
from model.fetch.sample import draw, encode
from model.fetch.shapes import draw_shape
from model.fetch.sources import fetch, fetch_pets
from tests.unit.photos import encoded, plain, write_easy_photos


def test_a_sample_has_both_classes_and_something_to_drop(tmp_path: Path) -> None:
    fetch("sample", tmp_path / "photos", count=8)
    names = sorted(str(path.relative_to(tmp_path / "photos")) for path in (tmp_path / "photos").rglob("*.*"))
    assert len(names) == 8 + 4
    assert sum(name.startswith("cat/") for name in names) == 6
    assert sum("copy-of" in name for name in names) == 2
    assert sum("cut-short" in name for name in names) == 2


def test_drawings_are_the_same_every_time_and_differ_by_seed() -> None:
    assert encode(draw("cat", 3), 3) == encode(draw("cat", 3), 3)
    drawn = {
        hashlib.sha256(np.asarray(draw(label, seed)).tobytes()).digest() for label in ("cat", "dog") for seed in (3, 4)
    }
    assert len(drawn) == 4


def test_a_folder_is_copied(tmp_path: Path) -> None:
    write_easy_photos(tmp_path / "mine", 4)
    (tmp_path / "mine" / "dog" / "sub").mkdir()
    (tmp_path / "mine" / "dog" / "sub" / "1.jpg").write_bytes(encoded(plain()))
    fetch(str(tmp_path / "mine"), tmp_path / "photos")
    copies = {path.relative_to(tmp_path / "photos"): path.read_bytes() for path in (tmp_path / "photos").rglob("*.*")}
    assert copies == {
        path.relative_to(tmp_path / "mine"): path.read_bytes() for path in (tmp_path / "mine").rglob("*.*")
    }


def test_photos_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "precious.jpg").write_bytes(b"1")
    with pytest.raises(Mistake, match="holds files that are not this command's"):
        fetch("sample", tmp_path / "photos")
    assert (tmp_path / "photos" / "precious.jpg").read_bytes() == b"1"


def test_an_unusable_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no folder"):
        fetch(str(tmp_path / "none"), tmp_path / "work" / "photos")
    (tmp_path / "mine" / "cat").mkdir(parents=True)
    (tmp_path / "mine" / "cat" / "1.jpg").write_bytes(encoded(plain()))
    with pytest.raises(Mistake, match="has photos of only one class, cat"):
        fetch(str(tmp_path / "mine"), tmp_path / "work" / "photos")
    assert list((tmp_path / "work").iterdir()) == []


def test_pets_are_sorted_by_species(tmp_path: Path) -> None:
    """On a download that is there already: two files of each kind, as the archives have them."""
    base, out = tmp_path / "download" / "oxford-iiit-pet", tmp_path / "photos"
    (base / "images").mkdir(parents=True)
    (base / "annotations").mkdir()
    out.mkdir()
    # image, breed (1 to 37), species (1 cat, 2 dog), breed within the species
    lists = {"trainval": ["Abyssinian_1 1 1 1", "beagle_2 5 2 4"], "test": ["Bengal_3 6 1 2", "pug_4 26 2 17"]}
    for split, lines in lists.items():
        (base / "annotations" / f"{split}.txt").write_text("\n".join(lines) + "\n")
        for line in lines:
            Image.new("RGB", (9, 9)).save(base / "images" / f"{line.split()[0]}.jpg")
    fetch_pets(tmp_path / "download", out)
    assert sorted(path.name for path in (out / "cat").iterdir()) == ["Abyssinian_1.jpg", "Bengal_3.jpg"]
    assert sorted(path.name for path in (out / "dog").iterdir()) == ["beagle_2.jpg", "pug_4.jpg"]


@pytest.mark.parametrize("classes", [3, 40])
def test_a_sample_of_more_classes(tmp_path: Path, classes: int) -> None:
    fetch("sample", tmp_path / "photos", count=2 * classes, classes=classes)
    folders = sorted(path.name for path in (tmp_path / "photos").iterdir())
    assert len(folders) == classes
    assert {"cat", "dog", "shape-002"} <= set(folders)
    assert all(len(list((tmp_path / "photos" / name).iterdir())) >= 2 for name in folders)


def test_the_thousand_shapes_differ() -> None:
    drawn = {np.asarray(draw_shape(number, 5).resize((48, 48))).tobytes() for number in range(0, 1000, 7)}
    assert len(drawn) == 143
    assert np.array_equal(np.asarray(draw_shape(123, 5)), np.asarray(draw_shape(123, 5)))


def test_layouts_become_a_folder_for_each_class(tmp_path: Path) -> None:
    photo = encoded(plain())
    for name in ("train/train/cat.0.jpg", "train/train/dog.0.jpg", "test1/test1/1.jpg", "sampleSubmission.csv"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(photo)
    skipped = fetch(str(tmp_path / "mine"), tmp_path / "photos")
    assert names(tmp_path / "photos") == ["cat/cat.0.jpg", "dog/dog.0.jpg"]
    assert {(str(path), reason) for path, _, reason in skipped} == {
        ("sampleSubmission.csv", "not in the folder of a class"),
        ("test1", "no classes in it"),
    }


def test_zip_archives_as_kaggle_packs_them(tmp_path: Path) -> None:
    """dogs-vs-cats: archives in an archive."""
    photo = encoded(plain())
    for inner, members in (("train", ("train/cat.0.jpg", "train/dog.0.jpg")), ("test1", ("test1/1.jpg",))):
        with zipfile.ZipFile(tmp_path / f"{inner}.zip", "w") as archive:
            for member in members:
                archive.writestr(member, photo)
    with zipfile.ZipFile(tmp_path / "dogs-vs-cats.zip", "w") as archive:
        archive.write(tmp_path / "train.zip", "train.zip")
        archive.write(tmp_path / "test1.zip", "test1.zip")
        archive.writestr("../outside.csv", "id,label")
    fetch(str(tmp_path / "dogs-vs-cats.zip"), tmp_path / "work" / "photos")
    assert names(tmp_path / "work" / "photos") == ["cat/cat.0.jpg", "dog/dog.0.jpg"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["photos"]
    assert not (tmp_path / "outside.csv").exists()


def test_archives_that_cannot_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "words.zip").write_text("words")
    with pytest.raises(Mistake, match=r"words\.zip is neither a folder nor a zip archive, or is damaged"):
        fetch(str(tmp_path / "words.zip"), tmp_path / "work" / "photos")
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as archive:
        archive.writestr("cat/1.jpg", encoded(plain()))
    with pytest.raises(Mistake, match=r"cats\.zip has photos of only one class, cat"):
        fetch(str(tmp_path / "cats.zip"), tmp_path / "work" / "photos")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know only UTF-8, and no case")
def test_names_of_copies_can_be_kept_everywhere(tmp_path: Path) -> None:
    long, photo = "x" * 249, encoded(plain())
    files = [b"Cat/a.jpg", b"cat/A.jpg", b"cat/caf\xe9.jpg", b"cat/two\nlines.jpg", b"dog/" + long.encode() + b".jpeg"]
    for name in [*files, b"dog/.hidden/1.jpg"]:
        path = tmp_path / "mine" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo)
    (tmp_path / "mine" / "dog" / "more").symlink_to(tmp_path / "mine" / "cat")
    (tmp_path / "mine" / "dog" / "link.jpg").symlink_to(tmp_path / "mine" / "Cat" / "a.jpg")
    fetch(str(tmp_path / "mine"), tmp_path / "photos")
    hashed = hashlib.sha256(f"{long}.jpeg".encode()).hexdigest()
    assert names(tmp_path / "photos") == [
        "cat/A-2.jpg",
        "cat/a.jpg",
        "cat/caf%e9.jpg",
        "cat/two%0alines.jpg",
        f"dog/{hashed}.jpeg",
        "dog/link.jpg",
    ]
    assert not any(path.is_symlink() for path in (tmp_path / "photos").rglob("*"))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_an_encrypted_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "secret.zip", "w") as archive:
        archive.writestr("cat/1.jpg", b"photo")
    data = bytearray((tmp_path / "secret.zip").read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1  # as entries say that are encrypted
    (tmp_path / "secret.zip").write_bytes(data)
    with pytest.raises(Mistake, match=r"secret\.zip cannot be unpacked: it is encrypted$"):
        fetch(str(tmp_path / "secret.zip"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.zip"]
