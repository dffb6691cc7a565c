"""The metrics after a known number of requests."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
import torch
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
from prometheus_client.parser import text_string_to_metric_families

from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.server_process import Server, ServerProcess, eventually
from tests.integration.test_grpc import request
from tests.smoke.client import Client

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
BAD = 3
TRAFFIC = "traffic"
MOST_SERIES, MOST_SCRAPE_SECONDS, SCRAPES = 400, 0.02, 50


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
    server.post(f"/v2/repository/models/{NAME}/unload")
    server.get(f"/v1/models/{NAME}")
    after = eventually(lambda: done(scrape(server)), what="all requests counted")
    names = ("build_info", "model_load_seconds", "requests_in_flight", "queue_depth")
    gauges = [f"predictor_{name}" for name in names]
    return {key: value - (0 if key[0] in gauges else before.get(key, 0)) for key, value in after.items()}


def done(samples: Samples) -> Samples | None:
    """Requests are counted just after their response: at last only the scrape itself is in flight."""
    return samples if samples[("predictor_requests_in_flight", frozenset())] == 1 else None


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[(name, frozenset(labels.items()))]


def test_requests_by_route_and_code(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "predictor_requests_total", route="predict", code="200", client=TRAFFIC) == len(photos) + 1
    assert value(samples, "predictor_requests_total", route="predict", code="400", client=TRAFFIC) == BAD
    assert value(samples, "predictor_requests_total", route="closed", code="403", client=TRAFFIC) == 1
    assert value(samples, "predictor_requests_total", route="ready", code="200", client=TRAFFIC) == 1


def test_latency(samples: Samples, photos: list[Photo]) -> None:
    name = "predictor_request_duration_seconds"
    assert value(samples, f"{name}_count", route="predict", client=TRAFFIC) == len(photos) + 1 + BAD
    assert value(samples, f"{name}_bucket", route="predict", client=TRAFFIC, le="+Inf") == len(photos) + 1 + BAD
    assert 0 < value(samples, f"{name}_sum", route="predict", client=TRAFFIC) < 60


def test_in_flight_and_queue(samples: Samples) -> None:
    assert value(samples, "predictor_requests_in_flight") == 1  # the scrape
    assert value(samples, "predictor_queue_depth") == 0


def test_batches(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "predictor_batch_size_sum") == len(photos) + 1 + BAD
    assert value(samples, "predictor_batch_size_count") == len(photos) + 1 + BAD  # one after the other


def test_stages(samples: Samples, photos: list[Photo]) -> None:
    name = "predictor_stage_duration_seconds"
    assert value(samples, f"{name}_count", stage="queue") == len(photos) + 1
    for stage in ("decode", "forward"):
        assert value(samples, f"{name}_count", stage=stage) == len(photos) + 1 + BAD
        assert value(samples, f"{name}_sum", stage=stage) > 0


def test_predictions(samples: Samples, photos: list[Photo]) -> None:
    for index, label in enumerate(("cat", "dog")):
        expected = 2 * sum(photo.expected.argmax() == index for photo in photos)
        assert value(samples, "predictor_predictions_total", label=label, client=TRAFFIC) == expected


def test_confidences(samples: Samples, photos: list[Photo]) -> None:
    assert value(samples, "predictor_prediction_confidence_count", client=TRAFFIC) == 2 * len(photos)
    expected = 2 * sum(photo.expected.max() for photo in photos)
    assert value(samples, "predictor_prediction_confidence_sum", client=TRAFFIC) == pytest.approx(expected, abs=1e-2)


def test_photos(samples: Samples, photos: list[Photo]) -> None:
    pixels = 2 * sum(width * height for width, height in (photo.size for photo in photos))
    assert value(samples, "predictor_image_pixels_sum") == pixels
    assert value(samples, "predictor_image_pixels_count") == 2 * len(photos)
    assert value(samples, "predictor_image_brightness_count") == 2 * len(photos)
    assert 20 < value(samples, "predictor_image_brightness_sum") / (2 * len(photos)) < 235


def test_build(server: ServerProcess, samples: Samples) -> None:
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    labels = {"revision": "0123abc", "model_version": version, "torch": torch.__version__}
    assert value(samples, "predictor_build_info", **labels) == 1
    assert 0 < value(samples, "predictor_model_load_seconds") < 60


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
    assert "predictor_build_info{" in response.text


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, photo: Photo) -> Iterator[ServerProcess]:
    """A server that had requests of all kinds, by everybody."""
    with ServerProcess(tmp_path_factory.mktemp("asked")) as server:
        bodies: tuple[dict[str, Any], ...] = (
            {"json": {"instances": [photo.instance]}},
            {"json": {}},
            {"data": b"x" * (17 * 2**20)},
        )
        paths = (
            f"/v1/models/{NAME}:predict",
            f"/v2/models/{NAME}/infer",
            f"/v1/models/{NAME}",
            "/stats",
            "/metrics",
            "/x",
        )
        for agent in ("curl/8", "predictor-judge", "predictor-prober/1", "predictor-assess"):
            for path in paths:
                server.get(path, headers={"user-agent": agent})
                for body in bodies:
                    server.post(path, headers={"user-agent": agent}, **body)
            server.post(f"/v2/repository/models/{NAME}/unload", headers={"user-agent": agent})
            options = [("grpc.primary_user_agent", agent)]
            with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options=options) as channel:
                GRPCInferenceServiceStub(channel).ModelInfer(request([photo.data]))
        with server.connect() as connection:
            connection.sendall(b"what is this\r\n\r\n")
            connection.recv(1000)
        yield server


def test_our_own_programs_are_not_traffic(asked: ServerProcess, photo: Photo) -> None:
    before = eventually(lambda: done(scrape(asked)), what="all requests counted")
    assert Client(asked.url).predict(photo.data).status == 200
    after = eventually(lambda: done(scrape(asked)), what="all requests counted")
    for client, more in (("judge", 1), (TRAFFIC, 0)):
        for name, labels in (
            ("predictor_requests_total", {"route": "predict", "code": "200"}),
            ("predictor_request_duration_seconds_count", {"route": "predict"}),
            ("predictor_prediction_confidence_count", {}),
        ):
            both = [value(samples, name, client=client, **labels) for samples in (before, after)]
            assert both[1] - both[0] == more


def test_grpc_says_who_asks(asked: ServerProcess) -> None:
    samples = scrape(asked)
    for client in (TRAFFIC, "prober", "assess"):  # one over V1, one over gRPC
        assert value(samples, "predictor_prediction_confidence_count", client=client) == 2


def test_a_scrape_is_small_and_quick(asked: ServerProcess) -> None:
    def seconds() -> float:
        return value(scrape(asked), "process_cpu_seconds_total")

    def cost() -> float:
        before = seconds()
        for _ in range(SCRAPES):
            asked.get("/metrics")
        return (seconds() - before) / SCRAPES

    # processor time, and the least of several: a machine that is busy with something else makes all of it slower
    each = min(cost() for _ in range(3))
    series = len(scrape(asked))
    print(f"{series} series, a scrape takes {each * 1000:.1f} ms")
    assert series <= MOST_SERIES
    assert 0 < each <= MOST_SCRAPE_SECONDS
