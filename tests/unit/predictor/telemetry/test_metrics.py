"""Who is counted where, and how many series there are at most."""

from pathlib import Path

import numpy as np
import pytest
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.registry import CollectorRegistry

from predictor.engine.answer import make_answer
from predictor.identity import Identity
from predictor.telemetry.clients import CLIENTS
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.reference import read_reference

MODEL = Path(__file__).parents[4] / "model.pt"
CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")
ANSWER = make_answer(CLASSES, np.array([[0.25, 0.75], [1.0, 0.0]], np.float32), [(4, 3)] * 2, [9.0] * 2, 0.1, 0.8)
MOST_SERIES = 400
OF_BODIES = (400, 405, 408, 413, 499, 500, 503)
CODES = {  # every answer that a route can have
    "predict": (200, *OF_BODIES),
    "infer": (200, *OF_BODIES),
    "grpc": (200, 400, 403, 404, 500, 503),
    "ready": (200, 405, 500, 503),
    "stats": (200, 405, 500),
    "metrics": (200, *OF_BODIES),
    "other": (200, 404, *OF_BODIES),
    "closed": (403,),
    "unreadable": (400, 431, 503),
}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    metrics = Metrics(registry)
    metrics.observe_model(IDENTITY, CLASSES)
    return metrics


def test_who_asks(metrics: Metrics, registry: CollectorRegistry) -> None:
    for client, times in (("traffic", 1), ("judge", 2), ("prober", 3)):
        for _ in range(times):
            metrics.observe_answer(ANSWER, client)
            metrics.observe_request("predict", 200, 0.01, client)
        labels = {"route": "predict", "client": client}
        assert registry.get_sample_value("predictor_requests_total", {**labels, "code": "200"}) == times
        assert registry.get_sample_value("predictor_request_duration_seconds_count", labels) == times
        assert registry.get_sample_value("predictor_predictions_total", {"label": "dog", "client": client}) == times
        assert registry.get_sample_value("predictor_unsure_predictions_total", {"client": client}) == times
        assert registry.get_sample_value("predictor_prediction_confidence_count", {"client": client}) == 2 * times


def test_photos_of_our_own_are_not_in_the_histograms_of_traffic(metrics: Metrics, registry: CollectorRegistry) -> None:
    for client in CLIENTS:
        metrics.observe_answer(ANSWER, client)
    assert registry.get_sample_value("predictor_image_pixels_count") == 2
    assert registry.get_sample_value("predictor_image_brightness_count") == 2


def test_the_first_failure_is_an_increase(metrics: Metrics, registry: CollectorRegistry) -> None:
    for route in ("predict", "infer", "grpc"):
        labels = {"route": route, "code": "500", "client": "traffic"}
        assert registry.get_sample_value("predictor_requests_total", labels) == 0
    assert registry.get_sample_value("predictor_unsure_predictions_total", {"client": "traffic"}) == 0
    assert registry.get_sample_value("predictor_prediction_confidence_count", {"client": "traffic"}) == 0


def test_most_series(metrics: Metrics, registry: CollectorRegistry) -> None:
    for collector in (ProcessCollector, PlatformCollector, GCCollector):  # what a server has beside its own
        collector(registry=registry)
    registry.register(read_reference(MODEL, "456def"))
    for client in CLIENTS:
        metrics.observe_answer(ANSWER, client)
        for route, codes in CODES.items():
            for code in codes:
                metrics.observe_request(route, code, 0.01, client)
    samples = [sample for family in registry.collect() for sample in family.samples]
    assert not [sample.name for sample in samples if sample.name.endswith("_created")]
    print(f"{len(samples)} series")
    assert len(samples) <= MOST_SERIES
