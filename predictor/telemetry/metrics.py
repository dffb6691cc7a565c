"""The metrics of GET /metrics. A new metric is one attribute here, and a line in predictor/README.md."""

from collections.abc import Iterable
from functools import cache

import torch
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from model.contract.metadata import CONFIDENCE_EDGES
from predictor.engine.answer import Answer
from predictor.identity import Identity

SECONDS = (0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PIXELS = tuple(4.0**n for n in range(5, 14))  # 1 thousand to 67 million


class Metrics:
    """The predictor's own metrics, beside those of the SDK; one process serves, so no sums over processes."""

    def __init__(self, registry: CollectorRegistry = REGISTRY):
        self.requests = Counter("catdog_requests", "Requests answered", ["route", "code"], registry=registry)
        self.duration = Histogram(
            "catdog_request_duration_seconds",
            "From the request's headers to the end of its response",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("catdog_requests_in_flight", "Requests being answered", registry=registry)
        self.queue_depth = Gauge("catdog_queue_depth", "Requests that wait for a thread", registry=registry)
        self.batch_size = Histogram(
            "catdog_batch_size", "Requests in one batch", buckets=(1, 2, 4, 8, 16, 32), registry=registry
        )
        stage = Histogram(
            "catdog_stage_duration_seconds", "Time of a stage", ["stage"], buckets=SECONDS, registry=registry
        )
        self.queue_seconds, self.decode_seconds, self.forward_seconds = (
            stage.labels(name) for name in ("queue", "decode", "forward")
        )
        self.predictions = Counter("catdog_predictions", "Photos by predicted label", ["label"], registry=registry)
        self.confidence = Histogram(
            "catdog_prediction_confidence",
            "Probability of the predicted label",
            buckets=CONFIDENCE_EDGES[1:],  # those of the histogram in the model file
            registry=registry,
        )
        self.unsure = Counter("catdog_unsure_predictions", "Photos whose label is unsure", registry=registry)
        self.image_pixels = Histogram(
            "catdog_image_pixels", "Width times height of the photos", buckets=PIXELS, registry=registry
        )
        self.image_brightness = Histogram(
            "catdog_image_brightness",
            "Mean of the photos, 0 to 255",
            buckets=tuple(range(16, 257, 16)),
            registry=registry,
        )
        self.model_load_seconds = Gauge("catdog_model_load_seconds", "Time to load the model", registry=registry)
        self.build_info = Gauge(
            "catdog_build_info", "What is running", ["revision", "model_version", "torch"], registry=registry
        )

    def observe_model(self, identity: Identity, classes: Iterable[str]) -> None:
        """Once, at the start: a class that is never predicted has a count of zero."""
        for label in classes:
            self._of_label(label)
        self.build_info.labels(identity.revision, identity.model_version, torch.__version__).set(1)

    def observe_batch(self, requests: int, decode_seconds: float, forward_seconds: float) -> None:
        """Once a batch; the times are those of the whole batch."""
        self.batch_size.observe(requests)
        self.decode_seconds.observe(decode_seconds)
        self.forward_seconds.observe(forward_seconds)

    def observe_answer(self, answer: Answer) -> None:
        """Once a request that was answered."""
        self.queue_seconds.observe(answer.queue_seconds)
        for label, confidence in zip(answer.labels, answer.confidences, strict=True):
            self._of_label(label).inc()
            self.confidence.observe(confidence)
        self.unsure.inc(sum(answer.unsure))
        for (width, height), brightness in zip(answer.sizes, answer.brightness, strict=True):
            self.image_pixels.observe(width * height)
            self.image_brightness.observe(brightness)

    def observe_request(self, route: str, code: int, seconds: float) -> None:
        """Once a request, answered or refused."""
        counter, histogram = self._of_request(route, code)
        counter.inc()
        histogram.observe(seconds)

    @cache  # noqa: B019  (a process has one Metrics; looking up labels takes longer than counting)
    def _of_request(self, route: str, code: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(route, str(code)), self.duration.labels(route)

    @cache  # noqa: B019  (as above)
    def _of_label(self, label: str) -> Counter:
        return self.predictions.labels(label)
