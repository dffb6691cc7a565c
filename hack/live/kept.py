"""Photos that the predictor kept (`--keep_photos`), made training data: FOLDER/CLASS/REQUEST_ID-N.jpg.

A kept photo is KEPT/REQUEST_ID-N.EXT; KEPT/REQUEST_ID-N.json beside it says which photo of which request it is.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hack.delivery.command import CommandError
from hack.delivery.labelled import show_progress
from hack.live.request_log import PhotoId
from model.contract.classes import caseless
from model.contract.errors import Mistake
from model.output import whole_file


@dataclass
class Copied:
    """How many kept photos there were, by what became of them."""

    copied: int = 0
    present: int = 0
    """In the folder already."""
    unlabelled: int = 0
    unknown_class: int = 0
    """Whose label is none of the folder's classes."""
    broken: int = 0
    """Without their photo, or with a description that cannot be read."""

    def sentences(self, into: Path) -> Iterable[str]:
        """What happened, for people."""
        yield f"{self.copied:,} photos copied into {into}, {self.present:,} were there already"
        if self.unlabelled:
            yield f"{self.unlabelled:,} kept photos have no label"
        if self.unknown_class:
            yield f"{self.unknown_class:,} kept photos have a label that is no class of {into}: make its folder"
        if self.broken:
            yield f"{self.broken:,} kept photos are without their file, or their description cannot be read"


def copy_labelled(kept: Path, labels: Mapping[PhotoId, str], into: Path) -> Copied:
    """Copies the kept photos that have labels to INTO/CLASS; those that are there already stay.

    Args:
        kept: the folder that the predictor wrote.
        labels: by photo.
        into: a folder with folders of classes, to which none is added; or a new one, which gets those of the labels.

    Raises:
        CommandError: there is no such folder, one lies in the other, or a file cannot be read or written.
    """
    check_folders(kept, into)
    classes = {caseless(path.name): path.name for path in into.iterdir() if path.is_dir()} if into.is_dir() else {}
    counts, files = Copied(), find_files(kept)
    descriptions = sorted(kept.glob("*.json"))
    for number, description in enumerate(descriptions, 1):
        show_progress(number, len(descriptions))
        photo, file = read_description(description), files.get(description.stem)
        if photo is None or file is None:
            counts.broken += 1
        elif photo not in labels:
            counts.unlabelled += 1
        elif classes and caseless(labels[photo]) not in classes:
            counts.unknown_class += 1
        else:
            name = classes.get(caseless(labels[photo]), labels[photo])
            is_new = copy(file, into / name / file.name)
            counts.copied += is_new
            counts.present += not is_new
    return counts


def check_folders(kept: Path, into: Path) -> None:
    """Raises CommandError unless the one is there, and neither lies in the other."""
    if not kept.is_dir():
        raise CommandError(f"there is no folder {kept} of kept photos", "The predictor's --keep_photos names it.")
    one, other = kept.resolve(), into.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise CommandError(f"{kept} and {into} lie in one another", "Name another folder with --into.")
    if into.exists() and not into.is_dir():
        raise CommandError(f"{into} is a file and not a folder")


def read_description(path: Path) -> PhotoId | None:
    """Which photo a description is of; None if it does not say."""
    try:
        content = json.loads(path.read_bytes())
        request_id, index = content["request_id"], content["index"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return PhotoId(request_id, index) if isinstance(request_id, str) and type(index) is int else None


def find_files(kept: Path) -> dict[str, Path]:
    """The photos by their names without ending; those that have a name twice are left out."""
    found: dict[str, list[Path]] = {}
    for path in kept.iterdir():
        if path.suffix != ".json" and path.is_file() and not path.is_symlink():
            found.setdefault(path.stem, []).append(path)
    return {stem: paths[0] for stem, paths in found.items() if len(paths) == 1}


def copy(file: Path, place: Path) -> bool:
    """Copies a file, whole or not at all; False if the same file is there already.

    Raises:
        CommandError: it cannot be read or written, or another file has its name.
    """
    try:
        data = file.read_bytes()
        if place.exists():
            if hashlib.sha256(place.read_bytes()).digest() == hashlib.sha256(data).digest():
                return False
            raise CommandError(f"{place} is another photo than {file}", "Move one of them away.")
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(place) as work:
            work.write_bytes(data)
    except OSError as error:
        raise CommandError(
            f"{error.filename or place} cannot be read or written: {os.strerror(error.errno or 0)}"
        ) from None
    except Mistake as mistake:
        raise CommandError(str(mistake)) from None
    return True
