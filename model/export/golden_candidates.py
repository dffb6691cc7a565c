"""Which drawings show best that outputs of a network were exchanged."""

import numpy as np

from model.contract.golden_photos import SMALL

FACTOR = 1.5  # probabilities whose ratio is less may be told apart, but need not be


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

    def best(self, answers: np.ndarray, allowed: np.ndarray, count: int) -> list[int]:
        """The indices of the best drawings that were not chosen yet, the best first; they are good for the same.

        Args:
            answers: to all candidates, float32 [M, C].
            allowed: bool [M], which ones are wanted; all if none of those is left.
            count: how many indices at most.
        """
        free = [index for index in range(len(answers)) if index not in self.chosen]
        free = [index for index in free if allowed[index]] or free
        ranks = {index: self._rank(_codes(answers[index]), answers[index]) for index in free}
        order = sorted(free, key=ranks.__getitem__)
        return [index for index in order if ranks[index][:2] == ranks[order[0]][:2]][:count]

    def take(self, index: int, answer: np.ndarray) -> None:
        """Chooses a drawing, to which this is the answer (float32 [C])."""
        self.chosen.add(index)
        self.groups = self._split(_codes(answer))
        self.labels[answer.argmax()] += 1

    def _rank(self, codes: np.ndarray, answer: np.ndarray) -> tuple[int, int, float]:
        sizes = np.bincount(self._split(codes))
        alike = int((sizes * (sizes - 1) // 2).sum())  # pairs of classes
        return alike, int(self.labels[answer.argmax()]), -float(answer.max())

    def _split(self, codes: np.ndarray) -> np.ndarray:
        """The groups after a drawing with these codes (int64 [C])."""
        groups: np.ndarray = np.unique(self.groups * (codes.max() + 1) + codes, return_inverse=True)[1].reshape(-1)
        return groups


def _codes(answer: np.ndarray) -> np.ndarray:
    """Probabilities as whole numbers (int64 [C]): those with the same number may be too close to tell apart."""
    logarithms = np.log(np.maximum(answer, SMALL) / SMALL)
    codes: np.ndarray = (logarithms / (2 * np.log(FACTOR))).astype(np.int64)
    return codes
