"""The metrics after a known number of requests."""

import pytest
import torch
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.conftest import Photo
from tests.integration.server_process import Server, ServerProcess, eventually

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
BAD = 3


def scrape(server: ServerProcess) -> Samples:
    families = text_string_to_metric_families(server.get("/metrics").text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


@pytest.fixture(scope="module")
def samples(server: ServerProcess, photos: list[Photo]) -> Samples:
    """What known requests add: each photo on its own, then all in one request, then some that are refused."""
    before = scrape(server)
    for photo in photos:
        server.predict(photo.instance)
    server.predict(*(photo.instance for photo in photos))
    for _ in range(BAD):
        server.predict("not a photo")
    server.post("/v2/repository/models/catdog/unload")
    server.get("/v1/models/catdog")
    after = eventually(lambda: done(scrape(server)), what="all requests counted")
    gauges = ("catdog_build_info", "catdog_model_load_seconds", "catdog_requests_in_flight", "catdog_queue_depth")
    return {key: value - (0 if key[0] in gauges else before.get(key, 0)) for key, value in after.items()}


def done(samples: Samples) -> Samples | None:
    """Requests are counted just after their response: at last only the scrape itself is in flight."""
    return samples if samples[("catdog_requests_in_flight", frozenset())] == 1 else None


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[(name, frozenset(labels.items()))]


def test_requests_by_route_and_code(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "catdog_requests_total", route="predict", code="200") == len(photos) + 1
    assert value(samples, "catdog_requests_total", route="predict", code="400") == BAD
    assert value(samples, "catdog_requests_total", route="closed", code="403") == 1
    assert value(samples, "catdog_requests_total", route="ready", code="200") == 1


def test_latency(samples: Samples, photos: list[Photo]) -> None:
    name = "catdog_request_duration_seconds"
    assert value(samples, f"{name}_count", route="predict") == len(photos) + 1 + BAD
    assert value(samples, f"{name}_bucket", route="predict", le="+Inf") == len(photos) + 1 + BAD
    assert 0 < value(samples, f"{name}_sum", route="predict") < 60


def test_in_flight_and_queue(samples: Samples) -> None:
    assert value(samples, "catdog_requests_in_flight") == 1  # the scrape
    assert value(samples, "catdog_queue_depth") == 0


def test_batches(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "catdog_batch_size_sum") == len(photos) + 1 + BAD
    assert value(samples, "catdog_batch_size_count") == len(photos) + 1 + BAD  # one after the other


def test_stages(samples: Samples, photos: list[Photo]) -> None:
    name = "catdog_stage_duration_seconds"
    assert value(samples, f"{name}_count", stage="queue") == len(photos) + 1
    for stage in ("decode", "forward"):
        assert value(samples, f"{name}_count", stage=stage) == len(photos) + 1 + BAD
        assert value(samples, f"{name}_sum", stage=stage) > 0


def test_predictions(samples: Samples, photos: list[Photo]) -> None:
    for index, label in enumerate(("cat", "dog")):
        expected = 2 * sum(photo.expected.argmax() == index for photo in photos)
        assert value(samples, "catdog_predictions_total", label=label) == expected


def test_confidences(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "catdog_prediction_confidence_count") == 2 * len(photos)
    expected = 2 * sum(photo.expected.max() for photo in photos)
    assert value(samples, "catdog_prediction_confidence_sum") == pytest.approx(expected, abs=1e-2)


def test_photos(samples: Samples, photos: list[Photo]) -> None:
    pixels = 2 * sum(width * height for width, height in (photo.size for photo in photos))
    assert value(samples, "catdog_image_pixels_sum") == pixels
    assert value(samples, "catdog_image_pixels_count") == 2 * len(photos)
    assert value(samples, "catdog_image_brightness_count") == 2 * len(photos)
    assert 20 < value(samples, "catdog_image_brightness_sum") / (2 * len(photos)) < 235


def test_build(server: ServerProcess, samples: Samples) -> None:
    version = server.get("/v1/models/catdog").json()["model_version"]
    labels = {"revision": "0123abc", "model_version": version, "torch": torch.__version__}
    assert value(samples, "catdog_build_info", **labels) == 1
    assert 0 < value(samples, "catdog_model_load_seconds") < 60


@pytest.mark.image
def test_openmetrics(server: Server) -> None:
    response = server.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


@pytest.mark.image
@pytest.mark.parametrize("kind", ["text/plain", "application/openmetrics-text"])
@pytest.mark.parametrize("version", ["abc", "1.0.0rc1", "1.0.0\xb2", "9" * 5000, "1.0.0;escaping=s3cr3t", "-1.0.0"])
def test_an_accept_header_that_cannot_be_read(server: Server, kind: str, version: str) -> None:
    response = server.get("/metrics", headers={"accept": f"{kind};version={version}".encode("latin-1")})
    assert response.status_code == 200
    assert "catdog_build_info{" in response.text
