"""This version against another one: the ratio of each round, and a verdict only where the rounds allow one."""

import statistics
from collections.abc import Sequence

# by the sign test, six rounds that agree by chance are seen in 2 of 64 runs
LEAST_ROUNDS = 6


def ratios(this: Sequence[float], against: Sequence[float]) -> list[float]:
    """Of each round, this version's figure by that of the other one; a round where one has none is left out."""
    return [mine / theirs for mine, theirs in zip(this, against, strict=True) if mine > 0 and theirs > 0]


def describe(values: Sequence[float]) -> str:
    """The median of some ratios, their spread, and the verdict; "more" is a ratio above 1."""
    if not values:
        return "no verdict: a version answered nothing"
    text = f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"
    if len(values) < LEAST_ROUNDS:
        return f"{text}, no verdict: {len(values)} rounds are too few, --rounds {LEAST_ROUNDS} are enough"
    if min(values) > 1:
        return f"{text}, more in each of {len(values)} rounds"
    if max(values) < 1:
        return f"{text}, less in each of {len(values)} rounds"
    return f"{text}, no difference that the noise lets one see"
