"""The folder of kept photos: files, each with a JSON file of the same name beside it; bounded."""

import hashlib
import heapq
import json
import random
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypedDict

from model.contract.heif import is_avif, is_heif
from model.contract.structure import GIF, JPEG, PNG

FORMATS = ((JPEG, "jpg"), (PNG, "png"), (b"RIFF", "webp"), (GIF, "gif"), (b"BM", "bmp"))
EXTENSIONS = (*(extension for _, extension in FORMATS), "avif", "heic", "img")
LONGEST_NAME = 100  # characters of a request id in a file name
PART = ".photo-part"  # what a file is called until it is whole


class Description(TypedDict):
    """What stands beside a kept photo."""

    request_id: str
    index: int  # in the request
    label: str
    confidence: float
    unsure: bool
    revision: str
    model_version: str
    time: float  # seconds of Unix time


class Kept(NamedTuple):
    """A photo in the folder; the least one goes first."""

    unsure: bool
    draw: float  # 0 to 1, at random
    name: str  # of both files
    extension: str
    size: int  # bytes of both files
    time: float


class KeptFolder:
    """Keeps photos while they are few, small and young enough; beyond that unsure ones first, then at random.

    Only `would_keep` may be called by another thread than the others. One server at a time may use the folder.

    Args:
        path: made where it is missing; files of others in it are left alone.
        most_photos, most_bytes, seconds: how many, how large all together, and for how long.
    """

    def __init__(self, path: Path, most_photos: int, most_bytes: int, seconds: float):
        self.path, self.most_photos, self.most_bytes, self.seconds = path, most_photos, most_bytes, seconds
        self._kept: list[Kept] = []  # a heap
        self._names: set[str] = set()
        self._bytes = 0
        self._least = (False, -1.0)  # while there is room, every photo is worth more than this

    def __len__(self) -> int:
        return len(self._kept)

    def open(self) -> None:
        """Makes the folder, or finds what an earlier server kept in it; raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        for part in self.path.glob(f"*{PART}"):
            part.unlink(missing_ok=True)
        for file in self.path.glob("*.json"):
            if kept := _read(file):
                self._add(kept)
        self.drop_old()
        self._drop_least()

    def would_keep(self, unsure: bool, draw: float) -> bool:
        """Whether a photo is worth more than the least one, if that must go."""
        return (unsure, draw) > self._least

    def keep(self, photo: bytes, description: Description, draw: float) -> None:
        """Writes both files, unless the photo is not worth it or has been kept; raises OSError."""
        name, extension = f"{safe_name(description['request_id'])}-{description['index']}", extension_of(photo)
        text = json.dumps(description).encode()
        kept = Kept(description["unsure"], draw, name, extension, len(photo) + len(text), description["time"])
        if name in self._names or (self.path / f"{name}.json").exists():
            return  # a client that gives the same id again
        if kept.size > self.most_bytes or not self.would_keep(kept.unsure, draw):
            return
        self._add(kept)
        self._drop_least()  # first, so that there is never more than is allowed
        if name not in self._names:
            return
        contents = {f"{name}.json": text, f"{name}.{extension}": photo}  # a photo always has its JSON beside it
        try:
            for file, content in contents.items():
                (self.path / f"{file}{PART}").write_bytes(content)
            for file in contents:
                (self.path / f"{file}{PART}").rename(self.path / file)
        except OSError:
            self._kept.remove(kept)
            heapq.heapify(self._kept)
            for file in contents:
                with suppress(OSError):
                    (self.path / f"{file}{PART}").unlink()
            with suppress(OSError):
                self._remove(kept)
            raise

    def drop_old(self) -> None:
        """Deletes the photos whose time is over; raises OSError."""
        oldest = time.time() - self.seconds
        old = [kept for kept in self._kept if kept.time < oldest]
        if old:
            self._kept = [kept for kept in self._kept if kept.time >= oldest]
            heapq.heapify(self._kept)
            for kept in old:
                self._remove(kept)

    def _add(self, kept: Kept) -> None:
        heapq.heappush(self._kept, kept)
        self._names.add(kept.name)
        self._bytes += kept.size

    def _drop_least(self) -> None:
        while len(self._kept) > self.most_photos or self._bytes > self.most_bytes:
            self._remove(heapq.heappop(self._kept))
        self._set_least()

    def _remove(self, kept: Kept) -> None:
        self._names.discard(kept.name)
        self._bytes -= kept.size
        self._set_least()
        for extension in (kept.extension, "json"):
            (self.path / f"{kept.name}.{extension}").unlink(missing_ok=True)

    def _set_least(self) -> None:
        count = len(self._kept)
        is_full = count >= self.most_photos or (count > 0 and self._bytes + self._bytes / count > self.most_bytes)
        self._least = self._kept[0][:2] if is_full else (False, -1.0)


def safe_name(request_id: str) -> str:
    """The request id where it is fit for the name of a file; else a name made of it that no other request id has."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", request_id)[:LONGEST_NAME].lstrip(".-")
    return name if name == request_id else f"{name}-{hashlib.sha256(request_id.encode()).hexdigest()[:12]}"


def extension_of(photo: bytes) -> str:
    """The name's end that fits the first bytes of an encoded photo."""
    if is_heif(photo):
        return "avif" if is_avif(photo) else "heic"
    return next((extension for start, extension in FORMATS if photo.startswith(start)), "img")


def _read(file: Path) -> Kept | None:
    """What an earlier server kept, which gets a new draw; None where the file is not one of ours."""
    try:
        text = file.read_bytes()
        description = json.loads(text)
        unsure, taken = bool(description["unsure"]), float(description["time"])
        if file.stem != f"{safe_name(description['request_id'])}-{description['index']}":
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for extension in EXTENSIONS:
        photo = file.with_name(f"{file.stem}.{extension}")
        if photo.is_file():
            draw = random.random()  # noqa: S311  (a sample, no secret)
            return Kept(unsure, draw, file.stem, extension, len(text) + photo.stat().st_size, taken)
    return Kept(unsure, -1.0, file.stem, "img", len(text), 0.0)  # its photo is gone: it goes, too
