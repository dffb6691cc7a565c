"""GET /stats: a summary for people."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from statistics import fmean, median, quantiles
from typing import Any

from predictor.identity import Identity
from predictor.telemetry.request_log import FinishedRequest


class Stats:
    """Counts since the start; times and confidences of the newest requests that were predicted."""

    def __init__(self, identity: Identity, newest: int = 1000):
        self._versions = identity.fields
        self._start = time.time()
        self._codes: Counter[int] = Counter()
        self._labels: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=newest)
        self._inference_seconds: deque[float] = deque(maxlen=newest)
        self._confidences: deque[float] = deque(maxlen=newest)  # the mean of each request

    def observe(self, request: FinishedRequest) -> None:
        """Once a request; of probes, scrapes and the like nothing is counted."""
        self._codes[request.status] += request.route in ("predict", "infer", "grpc")
        if request.answer:
            self._seconds.append(request.seconds)
            self._inference_seconds.append(request.answer.inference_seconds)
            self._confidences.append(fmean(request.answer.confidences))
            self._labels.update(request.answer.labels)

    def summary(self) -> dict[str, Any]:
        """Uptime, requests by code, labels; of the newest predictions mean confidence, and times in milliseconds.

        The means are null where nothing was predicted.
        """
        times = list(self._seconds)
        latency = {}
        if len(times) > 1:
            latency = {"p50": round(median(times) * 1000, 2), "p99": round(quantiles(times, n=100)[98] * 1000, 2)}
        return {
            **self._versions,
            "uptime_seconds": round(time.time() - self._start, 1),
            "requests": {str(code): count for code, count in sorted(self._codes.items()) if count},
            "labels": dict(self._labels),
            "mean_confidence": _mean(self._confidences, 6),
            "mean_inference_ms": _mean([seconds * 1000 for seconds in self._inference_seconds], 2),
            "latency_ms": latency,
        }


def _mean(values: Sequence[float], digits: int) -> float | None:
    return round(fmean(values), digits) if values else None
