"""Copies of photos, in one folder for each class, with names that every system and DVC can keep."""

import hashlib
import shutil
from pathlib import Path

from model.contract.classes import caseless
from model.contract.errors import Mistake
from model.prepare.names import escaped
from model.prepare.walk import IGNORED, Skipped

LONGEST_NAME = 200  # bytes; file systems take 255


class Copies:
    """Copies files of a folder to `out`/CLASS.

    A file keeps its path below the folder of its class. In names, bytes that are not UTF-8 and characters that cannot
    be printed become `%NN`; where two names are the same but for case, one of them gets a number.

    Args:
        folder: where the files are.
        out: folder to fill.
    """

    def __init__(self, folder: Path, out: Path):
        self.folder, self.out = folder, out
        self.taken: set[str] = set()
        self.unreadable: list[Skipped] = []

    def add(self, path: Path, label: str) -> None:
        """Copies one file of a class; one that cannot be read is noted in `unreadable`.

        Raises:
            Mistake: the copy cannot be written.
        """
        target = self.out / label / self._free(label, self._below_class(path, label))
        try:
            with path.open("rb") as source:
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
        except OSError as error:
            if error.filename != str(path):
                raise Mistake(f"{target} cannot be written: {error.strerror}") from None
            self.unreadable.append(Skipped(path, IGNORED, f"cannot be read: {error.strerror}"))

    def _below_class(self, path: Path, label: str) -> Path:
        parts = path.relative_to(self.folder).parts
        of_class = [place for place, part in enumerate(parts[:-1]) if caseless(part) == caseless(label)]
        return Path(*map(_portable, parts[of_class[0] + 1 :] if of_class else parts[-1:]))

    def _free(self, label: str, name: Path) -> Path:
        free, number = name, 1
        while (key := caseless(f"{label}/{free}")) in self.taken:
            number += 1
            free = name.with_stem(f"{name.stem}-{number}")
        self.taken.add(key)
        return free


def _portable(name: str) -> str:
    name = escaped(name).replace("\\\\", "%5c").replace("\\x", "%")
    if len(name.encode()) <= LONGEST_NAME:
        return name
    suffix = Path(name).suffix
    return hashlib.sha256(name.encode()).hexdigest() + (suffix if len(suffix) < 6 else "")
