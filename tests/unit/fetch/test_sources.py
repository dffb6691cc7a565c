"""Photos that are drawn, copied from a folder, or taken from torchvision's data set."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import Mistake
from model.fetch.sample import draw, encode
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
