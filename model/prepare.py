"""Turns a folder of photos into arrays to train on.

Photos are in `PHOTOS/cat` and `PHOTOS/dog`, at any depth. Unreadable and duplicate files are left out and counted.
The split is by the hash of a file's content: it stays the same when files are added, renamed or moved.
"""

import argparse
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.command import new_folder, run
from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.preprocess import BadImage, preprocess
from model.params import PrepareParams, load_params

SPLITS = ("train", "validation", "test")
MANIFEST_COLUMNS = ("file", "class", "split", "sha256")


@dataclass
class Photo:
    """One readable photo: its place, class, content hash and pixels (uint8 [S, S, 3])."""

    file: str
    label: str
    sha256: str
    pixels: np.ndarray


def find_photos(folder: Path) -> list[tuple[Path, str]]:
    """Lists (file, class) below `folder`/cat and `folder`/dog, in a stable order.

    Raises:
        Mistake: the folder or one of the classes is missing or empty.
    """
    if not folder.is_dir():
        raise Mistake(f"there is no folder {folder}")
    found = []
    for label in CLASSES:
        files = sorted(path for path in (folder / label).rglob("*") if path.is_file() and path.name[0] != ".")
        if not files:
            raise Mistake(f"{folder} has no photos of a {label}: put them into {folder / label}")
        found += [(path, label) for path in files]
    return found


def split_of(sha256: str, params: PrepareParams) -> str:
    """The split of a file, from the first 32 bits of its hash: test, then validation, the rest is for training."""
    position = int(sha256[:8], 16) / 2**32
    if position < params.test:
        return "test"
    return "validation" if position < params.test + params.validation else "train"


def read_photos(folder: Path, size: int) -> tuple[list[Photo], Counter[str]]:
    """Reads all photos below `folder`, without those that cannot be used.

    Returns:
        The photos, ordered by content hash, and how many were dropped for which reason.
    """

    def read(item: tuple[Path, str]) -> Photo | None:
        path, label = item
        data = path.read_bytes()
        try:
            pixels = preprocess(data, size)
        except BadImage:
            return None
        return Photo(path.relative_to(folder).as_posix(), label, hashlib.sha256(data).hexdigest(), pixels)

    found = find_photos(folder)
    with ThreadPoolExecutor() as pool:
        photos = list(tqdm(pool.map(read, found), "read photos", len(found), unit=" photos"))
    readable = [photo for photo in photos if photo]
    unique = list(_without_duplicates(readable))
    dropped = Counter(unreadable=len(photos) - len(readable), duplicate=len(readable) - len(unique))
    return unique, dropped


def _without_duplicates(photos: list[Photo]) -> Iterator[Photo]:
    """Same pixels count as the same photo, whatever the file around them; the smallest content hash stays."""
    seen = set()
    for photo in sorted(photos, key=lambda photo: (photo.sha256, photo.file)):
        key = hashlib.sha256(photo.pixels.tobytes()).digest()
        if key not in seen:
            seen.add(key)
            yield photo


def data_hash(photos: list[Photo]) -> str:
    """One hash for a set of photos and their classes, whatever their names and order."""
    lines = sorted(f"{photo.sha256} {photo.label}" for photo in photos)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def prepare(photos_folder: Path, out: Path, params: PrepareParams) -> dict:
    """Writes `out`: per split `NAME.npy` (uint8 [N, S, S, 3]) and `NAME-labels.npy` (int64 [N]), `manifest.csv`,
    `summary.json`.

    Returns:
        The summary: counts per split and class, counts of dropped files, hash of the data.

    Raises:
        Mistake: no usable photos of a class in a split.
    """
    photos, dropped = read_photos(photos_folder, params.size)
    summary: dict = {"size": params.size, "data": data_hash(photos), "dropped": dict(dropped), "splits": {}}
    with new_folder(out) as work, (work / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file, lineterminator="\n")
        manifest.writerow(MANIFEST_COLUMNS)
        for split in SPLITS:
            members = [photo for photo in photos if split_of(photo.sha256, params) == split]
            counts = Counter(photo.label for photo in members)
            if missing := [label for label in CLASSES if not counts[label]]:
                raise Mistake(f"{photos_folder} has too few photos: none of a {missing[0]} fell into the {split} split")
            summary["splits"][split] = {label: counts[label] for label in CLASSES}
            manifest.writerows((photo.file, photo.label, split, photo.sha256) for photo in members)
            np.save(work / f"{split}.npy", np.stack([photo.pixels for photo in members]))
            np.save(work / f"{split}-labels.npy", np.array([CLASSES.index(photo.label) for photo in members]))
        (work / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.prepare", description=__doc__)
    parser.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    parser.add_argument("out", type=Path, help="folder to write; replaced if it exists")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    args = parser.parse_args()
    summary = prepare(args.photos, args.out, load_params(args.params).prepare)
    print(f"{args.out}: " + ", ".join(f"{split} {sum(n.values()):,}" for split, n in summary["splits"].items()))
    print("dropped: " + ", ".join(f"{count:,} {reason}" for reason, count in summary["dropped"].items()))


if __name__ == "__main__":
    run(main)
