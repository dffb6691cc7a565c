"""Endpoints beside predictions, and the headers of every response."""

import pytest
import requests

from model.settings import NAME
from tests.integration.conftest import CLASSES, Photo
from tests.integration.server_process import Server

pytestmark = pytest.mark.image


@pytest.mark.parametrize("path", [f"/v1/models/{NAME}", f"/v2/models/{NAME}/ready", "/v2/health/ready"])
def test_readiness(server: Server, path: str) -> None:
    response = server.get(path)
    assert response.status_code == 200
    assert response.json()["ready"] is True
    assert response.json()["revision"] == server.revision


def test_liveness(server: Server) -> None:
    assert server.get("/").json() == {"status": "alive"}
    assert server.get("/v2/health/live").json() == {"live": True}


def test_documents(server: Server) -> None:
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    metadata = server.get(f"/v2/models/{NAME}").json()
    assert (metadata["name"], metadata["versions"]) == (NAME, [version])
    assert [tensor["name"] for tensor in metadata["outputs"]] == ["label", "probabilities", "unsure"]
    about = server.get("/model").json()
    assert metadata["parameters"] == about
    assert (about["classes"], about["revision"]) == (CLASSES, server.revision)
    assert about["network"]["parameters"] > 0
    assert 0.5 < about["metrics"]["accuracy"] <= 1
    assert server.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    for path in ("/v1/models", "/v2/models"):
        assert server.get(path).json() == {"models": [NAME]}


def test_the_version_that_answers_carry_has_paths(server: Server, photo: Photo) -> None:
    request = {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [photo.b64]}]}
    answer = server.post(f"/v2/models/{NAME}/infer", json={**request, "id": "1"}).json()
    path = f"/v2/models/{NAME}/versions/{answer['model_version']}"
    assert server.post(f"{path}/infer", json={**request, "id": "1"}).json() == answer
    assert server.get(path).json() == server.get(f"/v2/models/{NAME}").json()
    assert server.get(f"{path}/ready").json()["ready"] is True
    for other in ("", "/ready", "/infer"):
        response = server.post(f"/v2/models/{NAME}/versions/other{other}", json=request)
        assert response.status_code == 404
        assert response.json() == {"error": f"the model has no such version; it has {answer['model_version']}"}


@pytest.mark.parametrize("path", ["/", f"/v1/models/{NAME}", "/v2/health/ready", "/stats", "/metrics", "/docs"])
def test_head_answers_as_get_does(server: Server, path: str) -> None:
    response = requests.head(server.url + path, timeout=30)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["content-type"] == server.get(path).headers["content-type"]
    assert int(response.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text; version=x", "text/plain; version=0.0.4"),
        (b"\xff", "text/plain; version=0.0.4"),
    ],
)
def test_metrics_come_in_the_wanted_format(server: Server, accept: str | bytes, content_type: str) -> None:
    response = server.get("/metrics", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(content_type)
    assert "predictor_requests" in response.text


@pytest.mark.parametrize("action", ["load", "unload"])
def test_models_are_not_loaded_or_unloaded(server: Server, photo: Photo, action: str) -> None:
    response = server.post(f"/v2/repository/models/{NAME}/{action}")
    assert response.status_code == 403
    assert list(response.json()) == ["error"]
    assert server.is_ready()
    assert server.predict(photo.instance).status_code == 200


def test_stats_count_requests_and_labels(server: Server, photos: list[Photo]) -> None:
    before = server.get("/stats").json()
    for photo in photos:
        server.predict(photo.instance)
    server.predict("not a photo")
    after = server.get("/stats").json()
    assert after["requests"]["200"] - before["requests"].get("200", 0) == len(photos)
    assert after["requests"]["400"] - before["requests"].get("400", 0) == 1
    for name in CLASSES:
        answered = sum(photo.label == name for photo in photos)
        assert after["labels"].get(name, 0) - before["labels"].get(name, 0) == answered
    assert after["uptime_seconds"] >= before["uptime_seconds"] > 0
    assert 0 < after["latency_ms"]["p50"] <= after["latency_ms"]["p99"]
    assert 0 < after["mean_inference_ms"] < after["latency_ms"]["p99"]
    assert 0.5 <= after["mean_confidence"] <= 1
    assert after["revision"] == server.revision


@pytest.mark.parametrize("given", ["a-request", "f1c7.9 of/today", "x" * 128])
def test_request_id_is_echoed(server: Server, given: str) -> None:
    response = server.predict("not a photo", headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "tab\tinside", "caf\u00e9".encode("latin-1"), b"\xff\xfe"])
def test_unfit_request_id_is_replaced(server: Server, given: str | bytes | None) -> None:
    ids = [
        server.predict("not a photo", headers={} if given is None else {"x-request-id": given}).headers["x-request-id"]
        for _ in range(2)
    ]
    assert all(len(name) == 32 and int(name, 16) for name in ids)
    assert ids[0] != ids[1]


def test_every_response_says_who_answered(server: Server, photo: Photo) -> None:
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    for response in [
        server.get("/"),
        server.get("/metrics"),
        server.get("/docs"),
        server.get("/nothing/here"),
        server.get("/v1/models/other"),
        server.predict("not a photo"),
        server.predict(photo.instance),
        server.post(f"/v2/models/{NAME}/infer", json={}),
    ]:
        assert response.headers["x-model-revision"] == server.revision
        assert response.headers["x-model-version"] == version
        assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"/v1/models/{NAME}:predict", "POST"),
        ("PUT", f"/v1/models/{NAME}:predict", "POST"),
        ("GET", f"/v2/models/{NAME}/infer", "POST"),
        ("HEAD", f"/v2/models/{NAME}/infer", "POST"),
        ("POST", f"/v1/models/{NAME}", "GET, HEAD"),
        ("DELETE", "/stats", "GET, HEAD"),
        ("POST", "/metrics", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
def test_wrong_method_is_told_the_right_one(server: Server, method: str, path: str, allowed: str) -> None:
    response = requests.request(method, server.url + path, timeout=30)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert method == "HEAD" or list(response.json()) == ["error"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/models/other", "/v2/models/other", f"/v1/models/{NAME}:predict/", "/%2e%2e/etc"]
)
def test_unknown_path_is_told_where_the_model_is(server: Server, path: str) -> None:
    response = server.get(path)
    assert response.status_code == 404
    assert f"/v1/models/{NAME}:predict" in response.json()["error"]


def test_other_verbs_of_the_sdk_are_not_here(server: Server) -> None:
    for path in [f"/v1/models/{NAME}:explain", f"/v2/models/{NAME}/versions/1/infer", "/v2/models/other/infer"]:
        response = server.post(path, json={"instances": [], "inputs": []})
        assert response.status_code == 404
        assert list(response.json()) == ["error"]
