"""A golden photo, and whether an answer to it is right: the rule of model/contract/golden_photos.py, without numpy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 2e-4  # a smaller probability is not compared by its ratio: V1 rounds to six digits


@dataclass(frozen=True)
class GoldenPhoto:
    """An encoded photo, and the probabilities of the classes that the exporter measured."""

    what: str
    """What kind of photo it is, for people."""
    photo: bytes
    probabilities: tuple[float, ...]
    """In the order of the model's classes."""
    most_difference: float
    """How far each probability may be off."""
    most_factor: float
    """And, for those that are not very small, their ratio; above 1."""

    def differences(self, found: Sequence[float]) -> list[float]:
        """How far each probability of an answer is off; NaN where the answer has none."""
        return [abs(value - right) for value, right in zip(found, self.probabilities, strict=True)]

    def wrong_class(self, found: Sequence[float]) -> int | None:
        """The index of the class whose probability is furthest beyond the tolerance; None if the answer is right.

        Args:
            found: an answer's probabilities, in the order of the classes; NaN where there is none.
        """
        off = self.differences(found)
        wrong = [index for index, value in enumerate(found) if not self._is_close(value, index, off[index])]
        return max(wrong, key=lambda index: math.inf if math.isnan(off[index]) else off[index], default=None)

    def _is_close(self, found: float, index: int, off: float) -> bool:
        right = self.probabilities[index]
        ratio = abs(math.log(max(found, SMALL / 100) / max(right, SMALL)))
        return off <= self.most_difference and (ratio <= math.log(self.most_factor) or right < SMALL)
