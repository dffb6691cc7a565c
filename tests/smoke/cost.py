"""Processor time of a photo: a busy node changes it little, unlike the time on a clock."""

import re
import statistics
from collections import defaultdict

from .client import Failed
from .plan import MOST_COST
from .readings import Reading

ENOUGH_BURSTS = 3  # of a pod: one may meet a photo of others that is not counted yet
CONDITION = "PhotoCost"  # of the InferenceService; the steward writes it of each version that was proven
MESSAGE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ms\b", re.ASCII)


class Costs:
    """What the bursts cost, by pod."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def add(self, pod: str, before: Reading, after: Reading, photos: int) -> None:
        """Takes the readings before and after a burst of so many photos.

        It says nothing where some were shed, or where others sent photos meanwhile: theirs may cost more.
        """
        if after.photos - before.photos == photos:
            self._seconds[pod].append((after.cpu_seconds - before.cpu_seconds) / photos)

    @property
    def milliseconds(self) -> float | None:
        """Of a photo: the median of the pods, each by the median of its bursts; None if no pod had enough of them."""
        medians = [statistics.median(seconds) for seconds in self._seconds.values() if len(seconds) >= ENOUGH_BURSTS]
        return statistics.median(medians) * 1000 if medians else None


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
            "manifests/smoke-job.yaml)"
        )
    return f"{seen}, {milliseconds / before:.2f} times that of the version before"
