"""GET /stats: a summary for people."""

import time
from collections import Counter, deque
from statistics import median, quantiles
from typing import Any

from predictor.identity import Identity
from predictor.telemetry.request_log import FinishedRequest


class Stats:
    """Counts since the start, and latencies of the newest predictions."""

    def __init__(self, identity: Identity, newest: int = 1000):
        self._versions = identity.fields
        self._start = time.time()
        self._codes: Counter[int] = Counter()
        self._labels: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=newest)

    def observe(self, request: FinishedRequest) -> None:
        """Once a request; of probes, scrapes and the like nothing is counted."""
        self._codes[request.status] += request.route in ("predict", "infer", "grpc")
        if request.answer:
            self._seconds.append(request.seconds)
            self._labels.update(request.answer.labels)

    def summary(self) -> dict[str, Any]:
        """Uptime, requests by code, labels, and p50 and p99 in milliseconds of the newest predictions."""
        times = list(self._seconds)
        latency = {}
        if len(times) > 1:
            latency = {"p50": round(median(times) * 1000, 2), "p99": round(quantiles(times, n=100)[98] * 1000, 2)}
        return {
            **self._versions,
            "uptime_seconds": round(time.time() - self._start, 1),
            "requests": {str(code): count for code, count in sorted(self._codes.items()) if count},
            "labels": dict(self._labels),
            "latency_ms": latency,
        }
