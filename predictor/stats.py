"""A person's quick look: GET /stats."""

import time
from collections import Counter, deque
from statistics import median, quantiles

from predictor.answer import Answer
from predictor.build import Build


class Stats:
    """Counts since the start, and latencies of the newest predictions."""

    def __init__(self, build: Build, newest: int = 1000):
        self._versions = build.fields
        self._start = time.time()
        self._codes: Counter[int] = Counter()
        self._labels: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=newest)

    def observe(self, route: str, code: int, seconds: float, answer: Answer | None) -> None:
        """Once a request."""
        self._codes[code] += route in ("predict", "infer", "grpc")
        if answer:
            self._seconds.append(seconds)
            self._labels.update(answer.labels)

    def summary(self) -> dict:
        """Uptime, requests by code, labels, and p50 and p99 in milliseconds of the newest V1 predictions."""
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
