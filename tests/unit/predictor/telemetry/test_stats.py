import numpy as np
import pytest

from predictor.engine.answer import make_answer
from predictor.identity import Identity
from predictor.telemetry.request_log import FinishedRequest
from predictor.telemetry.stats import Stats

CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")
CAT_AND_DOG = make_answer(CLASSES, np.array([[0.75, 0.25], [0.25, 0.75]], np.float32), [(4, 3)] * 2, [100.0] * 2, 0)


def test_nothing_yet() -> None:
    summary = Stats(IDENTITY).summary()
    assert summary.pop("uptime_seconds") >= 0
    assert summary == {
        "revision": "0123abc",
        "model_version": "456def",
        "requests": {},
        "labels": {},
        "mean_confidence": None,
        "mean_inference_ms": None,
        "latency_ms": {},
    }


def test_counts() -> None:
    stats = Stats(IDENTITY)
    for route in ("predict", "infer", "grpc"):
        stats.observe(FinishedRequest("an id", route, 200, 0.010, CAT_AND_DOG))
    stats.observe(FinishedRequest("an id", "predict", 400, 0.001))
    stats.observe(FinishedRequest("an id", "ready", 200, 0.001))  # probes are not counted
    summary = stats.summary()
    assert summary["requests"] == {"200": 3, "400": 1}
    assert summary["labels"] == {"cat": 3, "dog": 3}
    assert summary["latency_ms"] == {"p50": 10, "p99": 10}


def test_means_are_of_the_newest() -> None:
    stats = Stats(IDENTITY, newest=2)
    for confidence, seconds in ((0.5, 9.0), (0.75, 0.010), (0.9, 0.020)):
        probabilities = np.array([[confidence, 1 - confidence]], np.float32)
        answer = make_answer(CLASSES, probabilities, [(4, 3)], [100.0], 0, inference_seconds=seconds)
        stats.observe(FinishedRequest("an id", "predict", 200, 0.010, answer))
    summary = stats.summary()
    assert summary["mean_confidence"] == pytest.approx(0.825, abs=1e-6)
    assert summary["mean_inference_ms"] == 15
    assert summary["labels"] == {"cat": 3}


def test_latency_is_of_the_newest() -> None:
    stats = Stats(IDENTITY, newest=100)
    for milliseconds in [10_000] * 50 + list(range(1, 101)):
        stats.observe(FinishedRequest("an id", "predict", 200, milliseconds / 1000, CAT_AND_DOG))
    latency = stats.summary()["latency_ms"]
    assert latency["p50"] == pytest.approx(50.5)
    assert 98 <= latency["p99"] <= 101
