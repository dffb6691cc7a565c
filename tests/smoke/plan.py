"""The figures of the bake: here, and the two of them that manifests/base/smoke-job.yaml states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .client import Failed
from .rollout import NODE_LOST_SECONDS, READY_SECONDS

SECONDS, MOST_COST = "SERVING_BAKE_SECONDS", "SERVING_MOST_COST"


@dataclass(frozen=True)
class Plan:
    """What the bake does, and what it allows. Tests that are about something else take less time."""

    seconds: float
    """How long it lasts."""
    most_cost: float
    """How many times as much processor time as in the version before a photo may cost."""

    ask_seconds: float = 0.25
    """From one golden photo to the next."""
    service_each: int = 3
    """Each third golden photo goes to the service, the others to each pod in turn."""
    watch_seconds: float = 1.0
    """From one look at the pods, and the bursts of one of them, to the next."""
    bursts: int = 3
    burst_requests: int = 2
    burst_photos: int = 8
    """In each request of a burst. 16 photos take some 0.06 s of processor time, which is counted in steps of 0.01 s."""
    enough_bursts: int = 15
    """Fewer of a pod say too little of what a photo costs: a bake of 5 s has half as many."""
    unready_seconds: float = 10.0
    """How long a pod that was ready may not be."""
    start_seconds: float = READY_SECONDS
    """How long a pod that the autoscaler added may take to be ready."""
    lost_seconds: float = NODE_LOST_SECONDS
    """How long it is waited for that a pod that is silent turns out to be on a lost node."""
    most_failed_share: float = 0.01
    """Of the requests that were answered."""
    least_failed: int = 3
    """Fewer failed requests are too few to judge by."""
    enough_requests: int = 100
    """So many requests of others say something."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The plan with the two figures of the manifests; raises Failed if one is missing or no number above zero."""
        return cls(positive(environment, SECONDS), positive(environment, MOST_COST))


def positive(environment: Mapping[str, str], name: str) -> float:
    """The number in an environment variable; raises Failed if it is missing or no number above zero."""
    text = environment.get(name, "")
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise Failed(f"{name} in manifests/base/smoke-job.yaml is not a number above zero: {text!r:.40}")
    return number
