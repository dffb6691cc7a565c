"""Each test photo's answer, small enough to travel in the model file: two models can be compared photo by photo."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from model.contract.errors import Mistake
from model.contract.metadata import CONFIDENCE_EDGES

ANSWERS = "answers.npz"  # in the folder of a report, and in the model file
MOST_ANSWERS = 10_000  # photos; of more, those with the lowest hashes: all models keep the same ones
TOP = 5  # classes of each answer


class Answers(NamedTuple):
    """The answers to N photos, in the order of their hashes, and counts of all photos that there were."""

    sha256: np.ndarray  # of the files, uint8 [N, 32]
    labels: np.ndarray  # the right classes, uint16 [N]
    top: np.ndarray  # the likeliest classes, the likeliest first, uint16 [N, K]
    probabilities: np.ndarray  # of those, float32 [N, K]
    right: np.ndarray  # of the right class, float32 [N]
    label_counts: np.ndarray  # photos by predicted class, int64 [C]
    confidence_counts: np.ndarray  # photos by confidence, between one of CONFIDENCE_EDGES and the next, int64
    hash_of_all: np.ndarray  # over the hashes of all photos, uint8 [32]

    @property
    def photos(self) -> int:
        """How many photos there were; of at most MOST_ANSWERS the answers are kept."""
        return int(self.label_counts.sum())

    @property
    def identity(self) -> str:
        """sha256 over the sorted hashes of all photos, in hex."""
        return self.hash_of_all.tobytes().hex()

    def fit(self, classes: int) -> bool:
        """Whether the arrays belong together, and to a model with so many classes."""
        photos, top = len(self.sha256), self.top.shape[-1] if self.top.ndim else 0
        shapes = [(photos, 32), (photos,), (photos, top), (photos, top), (photos,), (classes,)]
        return (
            [array.shape for array in self[:6]] == shapes
            and 0 < top <= classes
            and all(array.dtype.kind in "iu" and (array < classes).all() for array in (self.labels, self.top))
            and all(array.dtype.kind == "f" for array in (self.probabilities, self.right))
        )

    def to_bytes(self) -> bytes:
        """An .npz file; the same answers give the same bytes."""
        file = io.BytesIO()
        np.savez_compressed(file, **self._asdict())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads what `to_bytes` gave.

        Raises:
            ValueError: it is something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls(**{name: arrays[name] for name in cls._fields})
        except (KeyError, OSError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"no answers: {error}") from None


def make_answers(sha256s: Sequence[str], labels: np.ndarray, probabilities: np.ndarray) -> Answers:
    """Sorts and shortens the answers to photos.

    Args:
        sha256s: of the photos' files, in hex.
        labels: the right classes, int [N].
        probabilities: float [N, C].
    """
    order = np.array(sorted(range(len(sha256s)), key=sha256s.__getitem__)[:MOST_ANSWERS], dtype=np.int64)
    kept = probabilities[order]
    top = np.argsort(-kept, axis=1, kind="stable")[:, :TOP]
    hashes = np.frombuffer(b"".join(bytes.fromhex(sha256s[index]) for index in order), np.uint8)
    confidence = probabilities.max(1)
    return Answers(
        sha256=hashes.reshape(-1, 32),
        labels=labels[order].astype(np.uint16),
        top=top.astype(np.uint16),
        probabilities=np.take_along_axis(kept, top, 1).astype(np.float32),
        right=kept[np.arange(len(order)), labels[order]].astype(np.float32),
        label_counts=np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1]),
        confidence_counts=np.bincount(
            np.searchsorted(CONFIDENCE_EDGES[1:-1], confidence, side="left"), minlength=len(CONFIDENCE_EDGES) - 1
        ),
        hash_of_all=np.frombuffer(bytes.fromhex(identity_of(sha256s)), np.uint8),
    )


def identity_of(sha256s: Iterable[str]) -> str:
    """Which photos these are, whatever their names and order: sha256 over their sorted hashes, in hex."""
    return hashlib.sha256("\n".join(sorted(sha256s)).encode()).hexdigest()


def read_answers(path: Path) -> Answers:
    """Reads the file that model.evaluate wrote.

    Raises:
        Mistake: no such file, or another one.
    """
    try:
        return Answers.from_bytes(path.read_bytes())
    except OSError:
        raise Mistake(f"there is no {path}: run python -m model.evaluate first") from None
    except ValueError:
        raise Mistake(f"{path} is not what model.evaluate writes: run it again") from None
