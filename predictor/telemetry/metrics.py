"""The metrics of GET /metrics. A new metric is one attribute here, and a line in predictor/README.md."""

from collections.abc import Iterable
from functools import cache, partial

import torch
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from model.contract.metadata import CONFIDENCE_EDGES
from predictor.engine.answer import Answer
from predictor.identity import Identity
from predictor.telemetry.clients import TRAFFIC

SECONDS = (0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PIXELS = tuple(4.0**n for n in range(5, 14))  # 1 thousand to 67 million
PREDICTIONS = ("predict", "infer", "grpc")  # routes
OWN_ROUTE = "predict"  # the one that our own programs ask; elsewhere they would only multiply series

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nothing reads


class Metrics:
    """The predictor's own metrics; one process serves, so no sums over processes."""

    def __init__(self, registry: CollectorRegistry = REGISTRY):
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.requests = counter("predictor_requests", "Requests answered", ["route", "code", "client"])
        self.duration = histogram(
            "predictor_request_duration_seconds",
            "From the headers of a prediction's request to the end of its response",
            ["route", "client"],
            buckets=SECONDS,
        )
        self.in_flight = gauge("predictor_requests_in_flight", "Requests being answered")
        self.queue_depth = gauge("predictor_queue_depth", "Requests that wait for a thread")
        self.batch_size = histogram("predictor_batch_size", "Requests in one batch", buckets=(1, 2, 4, 8, 16, 32))
        stage = histogram("predictor_stage_duration_seconds", "Time of a stage", ["stage"], buckets=SECONDS)
        self.queue_seconds, self.decode_seconds, self.forward_seconds = (
            stage.labels(name) for name in ("queue", "decode", "forward")
        )
        self.predictions = counter("predictor_predictions", "Photos by predicted label", ["label", "client"])
        self.confidence = histogram(
            "predictor_prediction_confidence",
            "Probability of the predicted label",
            ["client"],
            buckets=CONFIDENCE_EDGES[1:],  # those of the histogram in the model file
        )
        self.unsure = counter("predictor_unsure_predictions", "Photos whose label is unsure", ["client"])
        self.image_pixels = histogram(
            "predictor_image_pixels", "Width times height of the photos of traffic", buckets=PIXELS
        )
        self.image_brightness = histogram(
            "predictor_image_brightness", "Mean of the photos of traffic, 0 to 255", buckets=tuple(range(16, 257, 16))
        )
        self.log_lines_lost = counter("predictor_log_lines_lost", "Lines that could not be written to --log_file")
        self.kept_photos = gauge("predictor_kept_photos", "Photos in the folder of --keep_photos")
        self.kept_photos_failures = counter(
            "predictor_kept_photos_failures", "Photos that could not be kept, or not be deleted"
        )
        self.model_load_seconds = gauge("predictor_model_load_seconds", "Time to load the model")
        self.build_info = gauge("predictor_build_info", "What is running", ["revision", "model_version", "torch"])

    def observe_model(self, identity: Identity, classes: Iterable[str], asks_for_keys: bool = False) -> None:
        """Once, at the start: what has not happened yet has a count of zero, so that the first time is an increase."""
        for label in classes:
            self._of_label(label, TRAFFIC)
        for route in PREDICTIONS:
            for code in (200, 500, *([401] if asks_for_keys else [])):
                self._of_request(route, code, TRAFFIC)
        self._of_photos(TRAFFIC)
        self.build_info.labels(identity.revision, identity.model_version, torch.__version__).set(1)

    def observe_batch(self, requests: int, decode_seconds: float, forward_seconds: float) -> None:
        """Once a batch; the times are those of the whole batch."""
        self.batch_size.observe(requests)
        self.decode_seconds.observe(decode_seconds)
        self.forward_seconds.observe(forward_seconds)

    def observe_answer(self, answer: Answer, client: str) -> None:
        """Once a request that was answered; `client` is one of CLIENTS."""
        self.queue_seconds.observe(answer.queue_seconds)
        confidences, unsure = self._of_photos(client)
        for label, confidence in zip(answer.labels, answer.confidences, strict=True):
            self._of_label(label, client).inc()
            confidences.observe(confidence)
        unsure.inc(sum(answer.unsure))
        if client != TRAFFIC:
            return
        for (width, height), brightness in zip(answer.sizes, answer.brightness, strict=True):
            self.image_pixels.observe(width * height)
            self.image_brightness.observe(brightness)

    def observe_request(self, route: str, code: int, seconds: float, client: str) -> None:
        """Once a request, answered or refused; `client` is one of CLIENTS."""
        counter, histogram = self._of_request(route, code, client if route == OWN_ROUTE else TRAFFIC)
        counter.inc()
        if histogram:
            histogram.observe(seconds)

    @cache  # noqa: B019  (a process has one Metrics; looking up labels takes longer than counting)
    def _of_request(self, route: str, code: int, client: str) -> tuple[Counter, Histogram | None]:
        """The histogram is None where nobody asks how long it took: probes, scrapes, what was not found."""
        histogram = self.duration.labels(route, client) if route in PREDICTIONS else None
        return self.requests.labels(route, str(code), client), histogram

    @cache  # noqa: B019  (as above)
    def _of_label(self, label: str, client: str) -> Counter:
        return self.predictions.labels(label, client)

    @cache  # noqa: B019  (as above)
    def _of_photos(self, client: str) -> tuple[Histogram, Counter]:
        return self.confidence.labels(client), self.unsure.labels(client)
