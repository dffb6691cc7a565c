"""Lists files below folders: hidden ones left out, links followed, and no folder read twice."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# made by macOS' archives, Synology, Windows and Linux' file systems; all else that is hidden begins with a dot
NOBODYS_FOLDERS = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}

IGNORED = "ignored"
HIDDEN = "hidden"
NOWHERE = "a link that leads nowhere"
AGAIN = "a link to a folder that is read already"
SPECIAL = "neither a file nor a folder"


class Skipped(NamedTuple):
    """A file or folder that was left out, what became of it in one or two words, and why."""

    path: Path
    kind: str
    reason: str


class Walk:
    """Lists files, and remembers what was left out and which folders were seen."""

    def __init__(self) -> None:
        self.skipped: list[Skipped] = []
        self.links: list[tuple[Path, str]] = []  # folders that links in a class's folder lead to, and the class
        self.seen: set[tuple[int, int]] = set()  # device and number of each folder

    def entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The folders and the files in a folder, sorted by name; links count as what they lead to, after the others."""
        folders, files = [], []
        try:
            self.seen.add(_identity(folder))
            found = sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path))
        except OSError as error:
            self.skip(folder, f"cannot be read: {error.strerror}")
            return [], []
        for path in found:
            if path.name[0] == "." or path.name in NOBODYS_FOLDERS:
                self.skip(path, HIDDEN)
            elif os.path.isdir(path):  # noqa: PTH112 - pathlib's raises for names that are too long
                folders.append(path)
            elif os.path.isfile(path):  # noqa: PTH113
                files.append(path)
            else:
                self.skip(path, SPECIAL if os.path.exists(path) else NOWHERE)  # noqa: PTH110
        return folders, files

    def files(self, folder: Path, label: str) -> Iterator[tuple[Path, str]]:
        """The files below a class's folder, with the class; folders that links lead to are left for `linked`."""
        waiting = [folder]
        while waiting:
            folders, files = self.entries(waiting.pop())
            yield from ((path, label) for path in files)
            waiting += [path for path in reversed(folders) if not path.is_symlink()]
            self.links += [(path, label) for path in folders if path.is_symlink()]

    def linked(self) -> Iterator[tuple[Path, str]]:
        """The files in the folders that links lead to, unless a folder was seen already."""
        while self.links:
            path, label = self.links.pop(0)
            if self.is_seen(path):
                self.skip(path, AGAIN)
            else:
                yield from self.files(path, label)

    def is_seen(self, folder: Path) -> bool:
        """Whether the folder was listed already, by whatever path."""
        try:
            return _identity(folder) in self.seen
        except OSError:
            return False  # entries will say why

    def skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skipped(path, IGNORED, reason))


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
