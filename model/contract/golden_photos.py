"""Golden photos: their bytes and the exporter's answers, as they are in the model file. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.contract.metadata import Metadata, Tolerance, read_extras

SMALL = 2e-4  # a smaller probability is not compared by its ratio: V1 rounds to six digits


@dataclass(frozen=True)
class GoldenPhoto:
    """An encoded photo, and the probabilities of the classes that the exporter measured."""

    what: str
    photo: bytes
    probabilities: tuple[float, ...]
    tolerance: Tolerance

    def differences(self, found: Sequence[float]) -> np.ndarray:
        """How far each probability of an answer is off: float64 [C]."""
        return np.abs(np.asarray(found, np.float64) - self.probabilities)

    def wrong_class(self, found: Sequence[float]) -> int | None:
        """The index of the class whose probability is furthest beyond the tolerance; None if the answer is right.

        Args:
            found: an answer's probabilities, in the order of the classes; NaN where there is none.
        """
        right, off = np.array(self.probabilities), self.differences(found)
        ratio = np.abs(np.log(np.maximum(found, SMALL / 100) / np.maximum(right, SMALL)))
        is_close = (off <= self.tolerance["probability"]) & (
            (ratio <= np.log(self.tolerance["factor"])) | (right < SMALL)
        )
        wrong = np.flatnonzero(~is_close)
        return int(wrong[np.nan_to_num(off[wrong], nan=np.inf).argmax()]) if len(wrong) else None


def read_golden_photos(path: Path, metadata: Metadata) -> list[GoldenPhoto]:
    """Reads the golden photos of a model file.

    Args:
        path: the file.
        metadata: what `read_metadata` gave for it.

    Raises:
        Mistake: a photo is missing.
    """
    goldens = metadata["golden"]
    photos = read_extras(path, [golden["file"] for golden in goldens])
    return [
        GoldenPhoto(golden["what"], photo, tuple(golden["probabilities"]), golden["tolerance"])
        for golden, photo in zip(goldens, photos, strict=True)
    ]
