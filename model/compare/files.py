"""Two model files, compared photo by photo: by the answers to test photos that each of them holds."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from model.compare.shared import Kept, Shared, share
from model.contract.errors import Mistake
from model.contract.metadata import Metadata
from model.evaluate.answers import Answers
from model.show.complete import read_complete

SHOWN = 10  # photos that are listed


class Measured(NamedTuple):
    """A model file: its metadata, and its answers to test photos by their sha256."""

    path: Path
    metadata: Metadata
    answers: Answers

    @property
    def rows(self) -> dict[bytes, int]:
        """The rows of the answers, by the sha256 of the photos."""
        return {hash_.tobytes(): row for row, hash_ in enumerate(self.answers.sha256)}

    @property
    def kept(self) -> Kept:
        """The test photos that it has answers to."""
        classes, labels = self.metadata["classes"], self.answers.labels
        return Kept({key: classes[labels[row]] for key, row in self.rows.items()}, self.answers.photos)


class Pairs(NamedTuple):
    """What two models said to the same N photos."""

    shared: Shared  # the photos
    labels: list[str]  # the right classes
    guesses: tuple[list[str], list[str]]  # of one model and the other
    right: tuple[np.ndarray, np.ndarray]  # their probabilities of the right class, float32 [N]

    @property
    def table(self) -> np.ndarray:
        """Photos: int64 [2, 2], whether the one is right by whether the other one is."""
        table = np.zeros((2, 2), np.int64)
        for label, one, other in zip(self.labels, *self.guesses, strict=True):
            table[int(one == label), int(other == label)] += 1
        return table


def read_measured(path: Path) -> Measured:
    """Reads what a model file says about itself.

    Raises:
        Mistake: as `read_complete`.
    """
    complete = read_complete(path)
    return Measured(path, complete.metadata, complete.answers)


def pair(one: Measured, other: Measured) -> Pairs:
    """What both said to the photos that both were tested on, without those that have two classes.

    Raises:
        Mistake: there are none.
    """
    shared = share(one.kept, other.kept)
    if not shared.sha256:
        raise Mistake(
            f"the test photos of {one.path} and {other.path} have different classes: there is nothing to compare"
            if shared.relabelled
            else f"{one.path} and {other.path} were tested on different photos: there is nothing to compare"
        )
    labels, guess, right = _side(one, shared.sha256)
    _, other_guess, other_right = _side(other, shared.sha256)
    return Pairs(shared, labels, (guess, other_guess), (right, other_right))


def _side(model: Measured, sha256s: list[bytes]) -> tuple[list[str], list[str], np.ndarray]:
    classes, answers, places = model.metadata["classes"], model.answers, model.rows
    rows = [places[key] for key in sha256s]
    labels = [classes[index] for index in answers.labels[rows]]
    return labels, [classes[index] for index in answers.top[rows, 0]], answers.right[rows]


def p_value(table: np.ndarray) -> float:
    """How likely it is that two equally good models differ at least so much: McNemar's test, in its exact form.

    Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12 (1947).
    Of photos that only one model gets right, each model would have half: a binomial distribution, two-sided.

    Args:
        table: as `Pairs.table`; only photos that one model got right and the other one did not say anything.
    """
    first, second = int(table[1, 0]), int(table[0, 1])
    if first + second == 0:
        return 1.0
    return float(binomtest(first, first + second).pvalue)


def chance(table: np.ndarray) -> str:
    """What that test says, for people; as `p_value`."""
    value = p_value(table)
    return f"McNemar's exact test: p = {value:.3g}, {'no more' if value >= 0.05 else 'more'} than chance"


def describe(one: Measured, other: Measured) -> list[str]:
    """The comparison, line by line.

    Raises:
        Mistake: as `pair`.
    """
    pairs = pair(one, other)
    table, count = pairs.table, len(pairs.labels)
    accuracies = table[1].sum() / count, table[:, 1].sum() / count
    right = [float(probabilities.mean()) for probabilities in pairs.right]
    width = max(len(str(each.path)) for each in (one, other))
    lines = [f"{count:,} test photos that both were measured on"]
    if pairs.shared.relabelled:
        lines.append(f"{pairs.shared.relabelled:,} more have one class here and another there, and are left out")
    lines.append("")
    for each, accuracy, mean in zip((one, other), accuracies, right, strict=True):
        lines.append(f"{each.path!s:{width}}  accuracy {accuracy:.4f}  mean probability of the right class {mean:.4f}")
    lines += [
        "",
        f"{'':20}{'other right':>12}{'other wrong':>12}",
        f"{'one right':20}{table[1, 1]:12,}{table[1, 0]:12,}",
        f"{'one wrong':20}{table[0, 1]:12,}{table[0, 0]:12,}",
        "",
        chance(table),
    ]
    return lines + _photos(pairs)


def _photos(pairs: Pairs) -> list[str]:
    """The photos that the models disagree about most."""
    gaps = np.abs(pairs.right[0] - pairs.right[1])
    worst = [int(index) for index in np.argsort(-gaps, kind="stable")[:SHOWN] if gaps[index] > 0]
    if not worst:
        return ["", "both give the right class of every photo the same probability"]
    lines = ["", "largest differences, by the photo's sha256: right class, probability of it, and the guess"]
    for index in worst:
        one, other = (
            f"{right[index]:.3f} {guess[index]}" for right, guess in zip(pairs.right, pairs.guesses, strict=True)
        )
        lines.append(f"{pairs.shared.sha256[index].hex()[:16]}  {pairs.labels[index]}: {one} → {other}")
    return lines
