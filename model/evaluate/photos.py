"""Labelled photos, read one after the other, and a model's answers to them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.contract.classes import caseless
from model.contract.errors import BadImage, Mistake
from model.contract.preprocess import preprocess
from model.prepare.folders import find_photos
from model.prepare.names import escaped, unescaped
from model.prepare.splits import read_manifest
from model.prepare.summary import load_summary

BATCH = 128

Predict = Callable[[np.ndarray], np.ndarray]  # uint8 [N, S, S, 3] to float32 [N, C]


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo as the network sees it (uint8 [S, S, 3]), and the index of its class."""

    path: Path
    file: str  # its escaped name below the folder
    sha256: str
    label: int
    pixels: np.ndarray


@dataclass(frozen=True)
class Predictions:
    """A model's answers to N photos, whose pixels are not kept."""

    classes: Sequence[str]
    paths: list[Path]
    files: list[str]  # escaped names below the folder
    sha256s: list[str]
    labels: np.ndarray  # int64 [N]
    outputs: np.ndarray  # float32 [N, C]: logits, or probabilities
    size: int  # side of the network's input, in pixels

    def with_outputs(self, outputs: np.ndarray) -> "Predictions":
        """The same photos with other outputs (float32 [N, C])."""
        return Predictions(self.classes, self.paths, self.files, self.sha256s, self.labels, outputs, self.size)

    def pixels(self, index: int) -> np.ndarray:
        """The pixels of a photo, read again: uint8 [S, S, 3]."""
        return preprocess(self.paths[index].read_bytes(), self.size)


def predict(photos: Iterable[LabelledPhoto], classes: Sequence[str], size: int, network: Predict) -> Predictions:
    """Runs the network on photos, a batch at a time.

    Args:
        photos: at least one.
        classes: the network's, in the order of its outputs.
        size: side of its input, in pixels.
        network: gives outputs for pixels.
    """
    remaining, outputs = iter(photos), []
    paths, files, sha256s, labels = [], [], [], []
    while batch := list(islice(remaining, BATCH)):
        outputs.append(network(np.stack([photo.pixels for photo in batch])))
        paths += [photo.path for photo in batch]
        files += [photo.file for photo in batch]
        sha256s += [photo.sha256 for photo in batch]
        labels += [photo.label for photo in batch]
    return Predictions(classes, paths, files, sha256s, np.array(labels), np.concatenate(outputs), size)


def split_photos(
    photos: Path, prepared: Path, split: str, size: int, classes: Sequence[str]
) -> Iterator[LabelledPhoto]:
    """The original photos of a split, preprocessed as the predictor does it.

    Args:
        photos: the folder that `prepared` was made from.
        prepared: folder of model.prepare.
        split: "train", "validation" or "test".
        size: side of the images, in pixels.
        classes: the names that the labels are indices of.

    Raises:
        Mistake: there is no manifest, the classes are others, or a photo that the manifest names is missing.
    """
    if set(load_summary(prepared)["classes"]) != set(classes):
        raise Mistake(f"the model and {prepared} have different classes: train again")
    rows = read_manifest(prepared, split)
    files = [photos / unescaped(row["file"]) for row in rows]
    if missing := [path for path in files if not path.is_file()]:
        name = escaped(str(missing[0]))
        raise Mistake(f"{name} is in the {split} split, but not there: was {prepared} made from {photos}?")
    index = {name: number for number, name in enumerate(classes)}
    for path, row in tqdm(zip(files, rows, strict=True), split, len(rows), unit=" photos"):
        pixels = preprocess(path.read_bytes(), size)
        yield LabelledPhoto(path, row["file"], row["sha256"], index[row["class"]], pixels)


class FolderPhotos:
    """The readable photos of a folder whose classes are a model's, or some of them.

    Args:
        folder: in one of the layouts of model.prepare.folders.
        classes: the model's.
        size: side of the images, in pixels.

    Raises:
        Mistake: there is no such folder, or it has a class that the model does not have.
    """

    def __init__(self, folder: Path, classes: Sequence[str], size: int):
        self.folder, self.classes, self.size, self.unreadable = folder, classes, size, 0
        found = find_photos(folder)
        self._index = {name: self._index_of(name) for name in found.classes}
        self._photos = found.photos

    def __iter__(self) -> Iterator[LabelledPhoto]:
        """Reads the photos.

        Raises:
            Mistake: none of a class can be read.
        """
        read = set()
        for path, name in tqdm(self._photos, "evaluate", unit=" photos"):
            try:
                data = path.read_bytes()
                pixels = preprocess(data, self.size)
            except (BadImage, OSError):
                self.unreadable += 1
                continue
            read.add(name)
            file, sha256 = escaped(path.relative_to(self.folder).as_posix()), hashlib.sha256(data).hexdigest()
            yield LabelledPhoto(path, file, sha256, self._index[name], pixels)
        if missing := [name for name in self._index if name not in read]:
            raise Mistake(f"{self.folder} has no readable photo of the class {missing[0]}")

    def _index_of(self, name: str) -> int:
        for index, known in enumerate(self.classes):
            if caseless(known) == caseless(name):
                return index
        raise Mistake(f"{self.folder} has a class {name}, which the model does not have")
