"""Drawings that golden photos are chosen from, and which of them show best that outputs were exchanged."""

from typing import NamedTuple

import numpy as np

from model.contract.golden_photos import SMALL

FACTOR = 1.5  # probabilities whose ratio is less may be told apart, but need not be
SHARES = np.log(SMALL)


class Views(NamedTuple):
    """The network's answers (float32 [M, C]) to M drawings: as they are, in grey, and turned by a quarter."""

    colour: np.ndarray
    grey: np.ndarray
    turned: np.ndarray


class Choice:
    """Chooses drawings one after the other, so that together they show every exchange of two outputs.

    Drawings come first that split classes which all chosen ones so far answer alike; then those whose class was chosen
    least often, the most confident first.

    Args:
        classes: number C of classes.
    """

    def __init__(self, classes: int):
        self.groups = np.zeros(classes, np.int64)  # classes of one group are not told apart yet
        self.labels = np.zeros(classes, np.int64)  # how often each class was a drawing's label
        self.chosen: set[int] = set()

    @property
    def is_complete(self) -> bool:
        """Whether every class differs from every other one in some chosen drawing."""
        return len(np.unique(self.groups)) == len(self.groups)

    def choose(self, answers: np.ndarray, allowed: np.ndarray | None = None) -> int:
        """The index of the best drawing that was not chosen yet.

        Args:
            answers: to all candidates, float32 [M, C].
            allowed: bool [M], which ones may be chosen; all if none of those is left.
        """
        free = [index for index in range(len(answers)) if index not in self.chosen]
        free = [index for index in free if allowed is not None and allowed[index]] or free
        codes = _codes(answers)
        best = min(free, key=lambda index: self._rank(codes[index], answers[index]))
        self.chosen.add(best)
        self.groups = self._split(codes[best])
        self.labels[answers[best].argmax()] += 1
        return best

    def _rank(self, codes: np.ndarray, answer: np.ndarray) -> tuple[int, int, float]:
        sizes = np.bincount(self._split(codes))
        alike = int((sizes * (sizes - 1) // 2).sum())  # pairs of classes
        return alike, int(self.labels[answer.argmax()]), -float(answer.max())

    def _split(self, codes: np.ndarray) -> np.ndarray:
        """The groups after a drawing with these codes (int64 [C])."""
        groups: np.ndarray = np.unique(self.groups * (codes.max() + 1) + codes, return_inverse=True)[1].reshape(-1)
        return groups


def _codes(answers: np.ndarray) -> np.ndarray:
    """Probabilities as whole numbers (int64 [M, C]): those with the same number may be too close to tell apart."""
    logarithms = np.log(np.maximum(answers, SMALL)) - SHARES
    codes: np.ndarray = (logarithms / (2 * np.log(FACTOR))).astype(np.int64)
    return codes
