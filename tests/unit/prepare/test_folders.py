"""Folders of photos as people have them: which files are found, in which class, and what is left out."""

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from model.contract.errors import Mistake
from model.prepare.folders import find_photos
from model.prepare.names import escaped, unescaped

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems know fewer names")


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def photos(folder: Path, *classes: str) -> dict[str, list[str]]:
    found = find_photos(folder, classes)
    return {
        label: [path.relative_to(folder).as_posix() for path, of in found.photos if of == label]
        for label in found.classes
    }


def skipped(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): reason for path, _, reason in find_photos(folder).skipped}


def test_a_folder_for_each_class_at_any_depth(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.JPG", "dog/a/b/ c d.jpeg", "cat/2.png", "cat/größe/日本.webp", "bird/x")
    assert photos(tmp_path) == {
        "bird": ["bird/x"],
        "cat": ["cat/2.png", "cat/größe/日本.webp"],
        "dog": ["dog/1.JPG", "dog/a/b/ c d.jpeg"],
    }
    assert skipped(tmp_path) == {}


def test_the_order_of_the_classes_can_be_given(tmp_path: Path) -> None:
    touch(tmp_path, "Dog/1.jpg", "CAT/2.jpg")
    assert list(photos(tmp_path)) == ["CAT", "Dog"]
    assert photos(tmp_path, "dog", "cat") == {"dog": ["Dog/1.jpg"], "cat": ["CAT/2.jpg"]}
    with pytest.raises(Mistake, match=r"has no photos of the class cow, which params\.yaml or the model names"):
        find_photos(tmp_path, ("dog", "cat", "cow"))
    touch(tmp_path, "cow/3.jpg")
    with pytest.raises(Mistake, match=r"has a class cow, which params\.yaml or the model does not name"):
        find_photos(tmp_path, ("dog", "cat"))


def test_pet_images(tmp_path: Path) -> None:
    """Kaggle's PetImages: a folder around the classes, and files beside it."""
    touch(tmp_path, "PetImages/Cat/0.jpg", "PetImages/Dog/0.jpg", "PetImages/Cat/Thumbs.db", "readme[1].txt")
    expected = {"Cat": ["Cat/0.jpg", "Cat/Thumbs.db"], "Dog": ["Dog/0.jpg"]}
    assert photos(tmp_path / "PetImages") == expected
    assert photos(tmp_path) == {label: [f"PetImages/{file}" for file in files] for label, files in expected.items()}
    assert photos(tmp_path, "cat", "dog").keys() == {"cat", "dog"}
    assert skipped(tmp_path) == {"readme[1].txt": "not in the folder of a class"}


def test_dogs_vs_cats(tmp_path: Path) -> None:
    """Kaggle's dogs-vs-cats: the class is in the name; the photos to be classified have none."""
    touch(tmp_path, "train/cat.0.jpg", "train/dog.0.jpg", "train/dog.10.JPG", "train/notes.txt", "test1/1.jpg", "s.csv")
    flat = {"cat": ["cat.0.jpg"], "dog": ["dog.0.jpg", "dog.10.JPG"]}
    assert photos(tmp_path / "train") == flat
    assert photos(tmp_path) == {label: [f"train/{file}" for file in files] for label, files in flat.items()}
    assert skipped(tmp_path) == {
        "s.csv": "not in the folder of a class",
        "test1": "no classes in it",
        "train/notes.txt": "no class in its name",
    }


def test_folders_of_splits_are_taken_together(tmp_path: Path) -> None:
    touch(tmp_path, "training_set/training_set/cats/cat.1.jpg", "training_set/training_set/dogs/dog.1.jpg")
    touch(tmp_path, "test_set/test_set/cats/cat.4001.jpg", "test_set/test_set/dogs/dog.4001.jpg")
    found = photos(tmp_path)
    assert {label: len(files) for label, files in found.items()} == {"cats": 2, "dogs": 2}
    touch(tmp_path / "trains", "train/1.jpg", "bus/2.jpg")  # a class may be called like a split
    assert list(photos(tmp_path / "trains")) == ["bus", "train"]


def test_folders_of_splits_are_no_classes(tmp_path: Path) -> None:
    """Kaggle's intel-image-classification; then a folder too many; then no classes at all."""
    touch(tmp_path, "seg_train/seg_train/sea/1.jpg", "seg_train/seg_train/street/2.jpg")
    touch(tmp_path, "seg_test/seg_test/sea/3.jpg", "seg_test/seg_test/street/4.jpg")
    assert {label: len(files) for label, files in photos(tmp_path).items()} == {"sea": 2, "street": 2}
    touch(tmp_path, "unlabeled/5.jpg")
    with pytest.raises(Mistake, match="has classes in seg_test, seg_train, and beside it unlabeled: move that away"):
        find_photos(tmp_path)
    touch(tmp_path / "loose", "train/1.jpg", "test/2.jpg")
    with pytest.raises(Mistake, match="has no classes in test, train: put the photos of each class into a folder"):
        find_photos(tmp_path / "loose")
    assert find_photos(tmp_path / "loose", ("train", "test")).classes == ("train", "test")


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/1.jpg", "dog/.Trash-1000/files/2.jpg", "dog/.ipynb_checkpoints/3.jpg")
    touch(tmp_path, "dog/a/.b/4.jpg", "cat/.DS_Store", "__MACOSX/cat/._1.jpg", ".git/x", "cat/@eaDir/1.jpg/S.jpg")
    assert photos(tmp_path) == {"cat": ["cat/1.jpg"], "dog": ["dog/1.jpg"]}
    hidden = {
        "dog/.Trash-1000",
        "dog/.ipynb_checkpoints",
        "dog/a/.b",
        "cat/.DS_Store",
        "__MACOSX",
        ".git",
        "cat/@eaDir",
    }
    assert skipped(tmp_path) == dict.fromkeys(hidden, "hidden")


@LINUX
def test_names_that_differ_in_case_or_form_are_one_class(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))
    touch(tmp_path, f"{composed}/1.jpg", f"{apart}/2.jpg", "Dog/3.jpg", "DOG/4.jpg", "dog/5.jpg")
    assert photos(tmp_path) == {
        composed: [f"{apart}/2.jpg", f"{composed}/1.jpg"],
        "dog": ["DOG/4.jpg", "Dog/3.jpg", "dog/5.jpg"],
    }


def test_links_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "photos/cat/1.jpg", "elsewhere/2.jpg", "elsewhere/sub/3.jpg", "dogs/4.jpg")
    folder = tmp_path / "photos"
    (folder / "cat" / "again").symlink_to(folder / "cat")
    (folder / "cat" / "loop").symlink_to(folder / "cat" / "loop")
    (folder / "cat" / "up").symlink_to(folder)
    (folder / "cat" / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "cat" / "file.jpg").symlink_to(tmp_path / "elsewhere" / "2.jpg")
    (folder / "cat" / "gone.jpg").symlink_to(tmp_path / "nowhere")
    (folder / "dog").symlink_to(tmp_path / "dogs")
    os.mkfifo(folder / "cat" / "pipe.jpg")
    assert photos(folder) == {
        "cat": ["cat/1.jpg", "cat/file.jpg", "cat/more/2.jpg", "cat/more/sub/3.jpg"],
        "dog": ["dog/4.jpg"],
    }
    assert skipped(folder) == {
        "cat/again": "a link to a folder that is read already",
        "cat/up": "a link to a folder that is read already",
        "cat/loop": "a link that leads nowhere",
        "cat/gone.jpg": "a link that leads nowhere",
        "cat/pipe.jpg": "neither a file nor a folder",
    }


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "has no photos: put those of each class into a folder of its own in it"),
        (["1.jpg", "2.jpg"], "has no photos: put those of each class"),
        (["cat/1.jpg"], "has photos of only one class, cat: a model needs two or more"),
        (["cat/1.jpg", "dog/.hidden"], "has no photos of the class dog: put some into its folder, or remove that"),
        (["cat.1.jpg", "cat.2.jpg"], "has no photos"),
        ([f"{number}/1.jpg" for number in range(1001)], "a model needs 2 to 1,000 classes, not 1,001"),
        (["cat/1.jpg", "do\ng/1.jpg"], r"'do\\ng' cannot be the name of a class: use printable characters"),
        (["cat/1.jpg", " dog/1.jpg"], "' dog' cannot be the name of a class"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, names: list[str], reason: str) -> None:
    touch(tmp_path, *names)
    with pytest.raises(Mistake, match=reason):
        find_photos(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"plain name.jpg", "plain name.jpg"),
        ("größe 日本 🐈.jpg".encode(), "größe 日本 🐈.jpg"),
        (unicodedata.normalize("NFD", "é").encode(), unicodedata.normalize("NFD", "é")),
        (b"caf\xe9.jpg", r"caf\xe9.jpg"),
        (b"back\\slash", r"back\\slash"),
        (b"\\xe9", r"\\xe9"),
        (b"two\r\nlines\t", r"two\x0d\x0alines\x09"),
        (b'"quoted",comma', '"quoted",comma'),
    ],
)
def test_any_name_is_one_line_of_text_and_comes_back(name: bytes, text: str) -> None:
    assert escaped(os.fsdecode(name)) == text
    assert os.fsencode(unescaped(text)) == name
