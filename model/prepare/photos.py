"""Finds photos in a folder, decodes them, and leaves out unreadable and duplicate ones."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.contract.preprocess import BadImage, preprocess
from model.prepare.names import escaped


@dataclass
class Photo:
    """One readable photo: its path below the folder, class, sha256 of the file and pixels (uint8 [S, S, 3])."""

    file: str
    label: str
    sha256: str
    pixels: np.ndarray


def read_photos(folder: Path, found: list[tuple[Path, str]], size: int) -> tuple[list[Photo], Counter[str]]:
    """Reads the photos that were found below `folder`, without unreadable and duplicate ones.

    Returns:
        The photos, ordered by content hash, and how many files were dropped, by reason.
    """

    def read(item: tuple[Path, str]) -> Photo | None:
        path, label = item
        data = path.read_bytes()
        try:
            pixels = preprocess(data, size)
        except BadImage:
            return None
        return Photo(escaped(path.relative_to(folder).as_posix()), label, hashlib.sha256(data).hexdigest(), pixels)

    with ThreadPoolExecutor() as pool:
        photos = list(tqdm(pool.map(read, found), "read photos", len(found), unit=" photos"))
    readable = [photo for photo in photos if photo]
    unique = list(_without_duplicates(readable))
    dropped = Counter(unreadable=len(photos) - len(readable), duplicate=len(readable) - len(unique))
    return unique, dropped


def _without_duplicates(photos: list[Photo]) -> Iterator[Photo]:
    """Photos with the same pixels are duplicates, in whatever file format; the one with the smallest hash stays."""
    seen: set[bytes] = set()
    for photo in sorted(photos, key=lambda photo: (photo.sha256, photo.file)):
        key = hashlib.sha256(photo.pixels.tobytes()).digest()
        if key not in seen:
            seen.add(key)
            yield photo


def data_hash(photos: list[Photo]) -> str:
    """sha256 over the photos and their classes, in hex; it does not depend on names or order."""
    lines = sorted(f"{photo.sha256} {photo.label}" for photo in photos)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
