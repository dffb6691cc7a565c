import numpy as np
import pytest

from predictor.answer import make_answer
from predictor.build import Build
from predictor.stats import Stats

CAT_AND_DOG = make_answer(np.array([[0.75, 0.25], [0.25, 0.75]], np.float32), [(4, 3)] * 2, [100.0] * 2, 0)


def test_nothing_yet() -> None:
    summary = Stats(Build("0123abc", "456def")).summary()
    assert summary.pop("uptime_seconds") >= 0
    empty = {"requests": {}, "labels": {}, "latency_ms": {}}
    assert summary == {"revision": "0123abc", "model_version": "456def", **empty}


def test_counts() -> None:
    stats = Stats(Build("a", "b"))
    for route in ("predict", "infer", "grpc"):
        stats.observe(route, 200, 0.010, CAT_AND_DOG)
    stats.observe("predict", 400, 0.001, None)
    stats.observe("ready", 200, 0.001, None)  # nobody asks how often the probes come
    summary = stats.summary()
    assert summary["requests"] == {"200": 3, "400": 1}
    assert summary["labels"] == {"cat": 3, "dog": 3}
    assert summary["latency_ms"] == {"p50": 10, "p99": 10}


def test_latency_is_of_the_newest() -> None:
    stats = Stats(Build("a", "b"), newest=100)
    for milliseconds in [10_000] * 50 + list(range(1, 101)):
        stats.observe("predict", 200, milliseconds / 1000, CAT_AND_DOG)
    latency = stats.summary()["latency_ms"]
    assert latency["p50"] == pytest.approx(50.5)
    assert 98 <= latency["p99"] <= 101
