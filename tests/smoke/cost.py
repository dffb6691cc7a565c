"""Processor time of a photo: a busy node changes it little, unlike the time on a clock."""

import re
import statistics
from collections import defaultdict
from collections.abc import Sequence

from .client import Failed
from .plan import MOST_COST
from .readings import Reading

CONDITION = "PhotoCost"  # of the InferenceService; the steward writes it of each version that was proven
MESSAGE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ms\b", re.ASCII)


class Costs:
    """What the bursts cost, by pod.

    Args:
        enough: with fewer bursts a pod does not count. The first ones after a start cost half as much again, and each
            is measured in steps of a sixth of what it takes.
    """

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def add(self, pod: str, before: Reading, after: Reading, photos: int) -> None:
        """Takes the readings before and after a burst of so many photos.

        It says nothing where some were shed, or where others sent photos meanwhile: theirs may cost more.
        """
        if after.photos - before.photos == photos:
            self._seconds[pod].append((after.cpu_seconds - before.cpu_seconds) / photos)

    @property
    def milliseconds(self) -> float | None:
        """Of a photo: the median of the pods, each by the middle half of its bursts; None if no pod had enough."""
        means = [mean_of_middle(seconds) for seconds in self._seconds.values() if len(seconds) >= self._enough]
        return statistics.median(means) * 1000 if means else None


def mean_of_middle(values: Sequence[float]) -> float:
    """The mean of the values without the lowest and the highest quarter: as robust as a median, with finer steps."""
    quarter = len(values) // 4
    return statistics.fmean(sorted(values)[quarter : len(values) - quarter])


def compare_cost(milliseconds: float, message: str | None, most: float) -> str:
    """What a photo costs, and what it did in the version before, in a few words.

    Args:
        milliseconds: of processor time, measured.
        message: of the condition PhotoCost; None if there is none.
        most: how many times as much as before it may be.

    Raises:
        Failed: it is more.
    """
    seen = f"{milliseconds:.3f} ms of processor time a photo (measured)"
    found = MESSAGE.match(message or "")
    before = float(found[1]) if found else 0.0
    if before == 0:
        return f"{seen}, no version before to compare with"
    if milliseconds > most * before:
        raise Failed(
            f"a photo costs {milliseconds:.1f} ms of processor time, {milliseconds / before:.1f} times the "
            f"{before:.1f} ms of the version before; at most {most:g} times is allowed ({MOST_COST} in "
            "manifests/base/smoke-job.yaml)"
        )
    return f"{seen}, {milliseconds / before:.2f} times that of the version before"
