"""Reads photos one after the other: pixels to a file, and in memory what is needed to tell them apart."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from model.contract.errors import BadImage
from model.contract.preprocess import read_photo
from model.prepare.fingerprints import Fingerprint
from model.prepare.names import escaped
from model.prepare.walk import Skipped

UNREADABLE = "unreadable"
AT_ONCE = 64  # photos that are decoded before their pixels are written
MAX_FILE_BYTES = 256 * 2**20  # a larger file is a film or a disk, and not a photo
LARGE_BYTES = 64 * 2**20  # photos that take more memory are decoded one at a time
LARGE = threading.Lock()


@dataclass(slots=True)
class Photo:
    """One readable photo, whose pixels are somewhere else."""

    path: Path
    file: str  # its escaped name below the folder
    label: str  # its class
    row: int  # of the file of pixels
    sha256: str  # of the file
    pixels: bytes  # digest of the prepared pixels
    area: int  # stored pixels


class Collection:
    """Photos that were read, with their fingerprints, and the files that are none."""

    def __init__(self) -> None:
        self.photos: list[Photo] = []
        self.prints: list[np.ndarray] = []  # float32 [23], of model.prepare.fingerprints
        self.thumbnails: list[np.ndarray] = []  # uint8 [16, 16, 3]
        self.unreadable: list[Skipped] = []


Decoded = tuple[np.ndarray, tuple[int, int], str, tuple[np.ndarray, np.ndarray]]


def read_photos(folder: Path, found: Sequence[tuple[Path, str]], size: int, pixels: BinaryIO) -> Collection:
    """Reads the photos that were found below `folder`, and appends their pixels, uint8 [S, S, 3] each, to a file."""
    collection, fingerprint = Collection(), Fingerprint(size)
    for (path, label), decoded in zip(found, _decode(found, size, fingerprint), strict=True):
        if isinstance(decoded, str):
            collection.unreadable.append(Skipped(path, UNREADABLE, decoded))
            continue
        square, (width, height), sha256, (frequencies, thumbnail) = decoded
        file, digest = escaped(path.relative_to(folder).as_posix()), hashlib.sha256(square.data).digest()
        photo = Photo(path, file, label, len(collection.photos), sha256, digest, width * height)
        collection.photos.append(photo)
        collection.prints.append(frequencies)
        collection.thumbnails.append(thumbnail)
        pixels.write(square.data)
    return collection


def _decode(found: Sequence[tuple[Path, str]], size: int, fingerprint: Fingerprint) -> Iterator[Decoded | str]:
    """What is in each file, or why it cannot be used; in order, and few at once, because each takes memory."""

    def decode(item: tuple[Path, str]) -> Decoded | str:
        try:
            if item[0].stat().st_size > MAX_FILE_BYTES:
                return f"the file has more than {MAX_FILE_BYTES:,} bytes"
            data = item[0].read_bytes()
            square, stored = read_photo(data, size, share=_one_large)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        except BadImage as error:
            return str(error)
        square = np.ascontiguousarray(square)
        return square, stored, hashlib.sha256(data).hexdigest(), fingerprint.of(square)

    with ThreadPoolExecutor() as pool, tqdm(None, "read photos", len(found), unit=" photos") as progress:
        for start in range(0, len(found), AT_ONCE):
            for decoded in pool.map(decode, found[start : start + AT_ONCE]):
                progress.update()
                yield decoded


def _one_large(size: int) -> AbstractContextManager[object]:
    return LARGE if size > LARGE_BYTES else nullcontext()


def data_hash(photos: Sequence[Photo]) -> str:
    """sha256 over the photos and their classes, in hex; it does not depend on names or order."""
    lines = sorted(f"{photo.sha256} {photo.label}" for photo in photos)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
