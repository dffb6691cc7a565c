"""Finds the photos of each class in a folder, in the layouts that data sets come in.

- `FOLDER/CLASS/…`: a folder for each class, with photos at any depth;
- `FOLDER/CLASS.NUMBER.jpg`: the class is in the name (Kaggle's dogs-vs-cats);
- one folder around either of these (Kaggle's PetImages), or several called train, validation, test and the like, which
  are taken together: model.prepare makes the splits.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from model.contract.classes import caseless, check_classes
from model.contract.errors import Mistake, some
from model.prepare.walk import AGAIN, Skipped, Walk

FLAT = re.compile(r"(?s)([^.]+)\.\d+\.(jpe?g|png|webp|hei[cf]|avif|gif|bmp)", re.IGNORECASE)
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp"}
SPLIT = re.compile(
    r"(\w+[ _-])?(train|valid|val|test|eval)(ing|ation|uation)?\d*([ _-]?(set|data|images|photos))?", re.IGNORECASE
)


class Found(NamedTuple):
    """What is in a folder: the classes in the order of the outputs, (file, class), and what was left out."""

    classes: tuple[str, ...]
    photos: list[tuple[Path, str]]
    skipped: list[Skipped]


def find_photos(folder: Path, classes: Sequence[str] = ()) -> Found:
    """Lists the files below `folder` with their classes, in a stable order; whether they are photos is not looked at.

    Classes are called by their folders' names. Folders whose names differ only in case or in Unicode's form (NFC, NFD)
    are one class: called as in `classes`, else by the name that all of them have, else by that in lower case.
    Hidden files and folders are left out, and folders that links lead to a second time.

    Args:
        folder: in one of the layouts above.
        classes: the names in the order of the outputs; else those that are found, sorted by Unicode.

    Raises:
        Mistake: there is no such folder, it has less than two classes or too many, a class has no files, or the classes
            are not the given ones.
    """
    if not folder.is_dir():
        raise Mistake(f"there is no folder {folder}")
    walk = Walk()
    labelled = _labelled(walk, folder, classes)
    labelled += walk.linked()
    names = _names([label for _, label in labelled], classes)
    counted = {names[label] for path, label in labelled if path is not None}
    for label in names.values():
        if label not in counted:
            raise Mistake(f"{folder} has no photos of the class {label}: put some into its folder, or remove that")
    _check_given(folder, counted, classes)
    order = tuple(classes) or _sorted_classes(folder, counted)
    place = {label: index for index, label in enumerate(order)}
    photos = [(path, names[label]) for path, label in labelled if path is not None]
    return Found(order, sorted(photos, key=lambda photo: (place[photo[1]], photo[0])), walk.skipped)


def _labelled(walk: Walk, folder: Path, classes: Sequence[str]) -> list[tuple[Path | None, str]]:
    """(file, name of the class); for each class's folder also (None, name), so that an empty one is noticed."""
    folders, files = walk.entries(folder)
    flat = [(file, match[1]) for file in files if (match := FLAT.fullmatch(file.name))]
    if len(folders) < 2 and len({caseless(label) for _, label in flat}) > 1:
        named = {file for file, _ in flat}
        _skip(walk, [file for file in files if file not in named], "no class in its name")
        _skip(walk, folders, "beside files that have the class in their names")
        return list(flat)
    _skip(walk, files, "not in the folder of a class")
    if around := _folders_around(folders):
        _skip(walk, [path for path in folders if path not in around], "no classes in it")
        return [pair for path in around for pair in _labelled(walk, path, classes)]
    _refuse_splits(folder, [path for path in folders if path.name not in classes])
    labelled: list[tuple[Path | None, str]] = []
    for path in folders:
        labelled.append((None, path.name))
        if walk.is_seen(path):
            walk.skip(path, AGAIN)
        else:
            labelled += walk.files(path, path.name)
    return labelled


def _folders_around(folders: list[Path]) -> list[Path]:
    """Those of the folders that are not a class's, but have the classes in them."""
    if len(folders) == 1 or (folders and all(SPLIT.fullmatch(path.name) for path in folders)):
        return [path for path in folders if _has_classes(path)]
    return []


def _refuse_splits(folder: Path, folders: list[Path]) -> None:
    """Folders of splits are no classes, and whoever takes them for classes loses those that are in them."""
    splits = [path.name for path in folders if SPLIT.fullmatch(path.name)]
    others = [path.name for path in folders if path.name not in splits]
    if splits and not others:
        raise Mistake(
            f"{folder} has no classes in {some(splits)}: put the photos of each class into a folder of its own"
        )
    around = [name for name in splits if _has_classes(folder / name)]
    if around:
        raise Mistake(
            f"{folder} has classes in {some(around)}, and beside it {some(others)}: move that away, or name what is a "
            "class in params.yaml (prepare.classes)"
        )


def _has_classes(folder: Path) -> bool:
    """Whether a folder has two folders or more and no photos beside them, or files with two classes in their names."""
    folders, files = Walk().entries(folder)
    if len({caseless(match[1]) for file in files if (match := FLAT.fullmatch(file.name))}) > 1:
        return True
    if any(path.suffix.lower() in SUFFIXES for path in files):
        return False
    return len(folders) > 1 or (len(folders) == 1 and _has_classes(folders[0]))


def _skip(walk: Walk, paths: Iterable[Path], reason: str) -> None:
    for path in paths:
        walk.skip(path, reason)


def _names(found: Iterable[str], given: Sequence[str]) -> dict[str, str]:
    """What each found name's class is called."""
    called = {caseless(name): name for name in given}
    forms: dict[str, set[str]] = {}
    for name in found:
        forms.setdefault(caseless(name), set()).add(unicodedata.normalize("NFC", name))
    for key, names in forms.items():
        called.setdefault(key, min(names) if len(names) == 1 else min(name.lower() for name in names))
    return {name: called[caseless(name)] for name in found}


def _check_given(folder: Path, found: Iterable[str], given: Sequence[str]) -> None:
    others, missing = sorted(set(found) - set(given)), [name for name in given if name not in found]
    if given and missing:
        raise Mistake(f"{folder} has no photos of the class {missing[0]}, which params.yaml or the model names")
    if given and others:
        raise Mistake(f"{folder} has a class {others[0]}, which params.yaml or the model does not name")


def _sorted_classes(folder: Path, found: Collection[str]) -> tuple[str, ...]:
    """Raises Mistake where the folders are no classes."""
    if not found:
        raise Mistake(f"{folder} has no photos: put those of each class into a folder of its own in it")
    if len(found) == 1:
        raise Mistake(f"{folder} has photos of only one class, {min(found)}: a model needs two or more")
    return check_classes(sorted(found))
