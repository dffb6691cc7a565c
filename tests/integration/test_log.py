"""One line of JSON per request."""

import json
import signal
import time
from pathlib import Path

import pytest
import requests

from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.server_process import ServerProcess, eventually


def test_line_of_a_prediction(server: ServerProcess, photos: list[Photo]) -> None:
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    start = time.time()
    server.predict(*(photo.instance for photo in photos), headers={"x-request-id": "log-good"})
    line = server.logged("log-good")
    assert (line["route"], line["status"], line["level"]) == ("predict", 200, "info")
    assert (line["method"], line["path"], line["client"]) == ("POST", f"/v1/models/{NAME}:predict", "traffic")
    assert (line["revision"], line["model_version"]) == ("0123abc", version)
    assert line["labels"] == [photo.label for photo in photos]
    assert line["confidences"] == pytest.approx([photo.expected.max() for photo in photos], abs=1e-4)
    assert line["image_sizes"] == [list(photo.size) for photo in photos]
    assert 0 < line["latency_ms"] < 60_000
    assert 0 <= line["queue_ms"] <= line["latency_ms"]
    assert 0 < line["inference_ms"] <= line["latency_ms"]
    assert start - 1 <= line["time"] <= time.time() + 1
    assert "error" not in line


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/v1/models/{NAME}:predict", b'{"instances": ["c2VjcmV0IHNlY3JldCBzZWNyZXQ="]}', 400),
        (f"/v1/models/{NAME}:predict", b'{"instances": "secret secret secret"}', 400),
        (f"/v2/models/{NAME}/infer", b'{"inputs": "secret secret secret"}', 400),
        ("/v2/repository/models/secret/unload", b"", 403),
        ("/secret", b"", 404),
    ],
)
def test_errors_are_logged_without_what_the_client_sent(
    server: ServerProcess, path: str, body: bytes, status: int
) -> None:
    name = f"log-{path.replace('secret', 'x')}-{len(body)}"
    response = server.post(path, data=body, headers={"x-request-id": name, "cookie": "secret=1"})
    line = server.logged(name)
    assert line["status"] == response.status_code == status
    assert line["error"] == response.json()["error"]
    assert line["method"] == "POST"
    assert line.get("path") == (None if "secret" in path else path)
    assert not {"labels", "confidences", "image_sizes"} & set(line)
    for text in (str(line), response.text):
        assert "secret" not in text
        assert "c2VjcmV0" not in text


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/stats"), ("GET", "/v1/models"), ("GET", "/docs")])
def test_method_and_path(server: ServerProcess, method: str, path: str) -> None:
    name = f"log-path-{path}"
    requests.request(
        method, server.url + path, timeout=30, headers={"x-request-id": name, "user-agent": "predictor-prober"}
    )
    line = server.logged(name)
    assert (line["method"], line["path"], line["client"]) == (method, path, "prober")


def test_one_line_a_request_and_none_for_probes(server: ServerProcess, photo: Photo) -> None:
    count = len(server.log)
    for _ in range(5):
        server.predict(photo.instance)
        server.get(f"/v1/models/{NAME}")
        server.get("/metrics")
    server.predict(photo.instance, headers={"x-request-id": "log-last"})
    eventually(lambda: any(line["request_id"] == "log-last" for line in server.log))
    assert len(server.log) == count + 6


def test_no_pixels_in_any_output(server: ServerProcess, photos: list[Photo]) -> None:
    server.predict(*(photo.instance for photo in photos), headers={"x-request-id": "log-pixels"})
    server.logged("log-pixels")
    written = server.output.read_text() + server.errors.read_text()
    assert not any(photo.b64[100:140] in written for photo in photos)
    assert max(len(line) for line in written.splitlines()) < 5000


def test_a_log_file_has_the_same_lines_to_the_last(folder: Path, photo: Photo) -> None:
    path = folder / "logs" / "predictions.jsonl"
    flags = ("--log_file", path, "--log_file_bytes", 3000, "--log_files", 100, "--drain_seconds", 0.1)
    with ServerProcess(folder / "server", *flags) as server:
        for _ in range(20):
            server.predict(photo.instance)
        assert server.end(signal.SIGTERM) == 0
        files = sorted(path.parent.iterdir(), key=lambda file: -int(file.suffix[1:]) if file != path else 1)
        assert len(files) > 2
        assert all(file.stat().st_size <= 3000 for file in files)
        assert [json.loads(line) for file in files for line in file.read_text().splitlines()] == server.log
        assert len(server.log) == 20


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_does_not_end_the_server(folder: Path, photo: Photo) -> None:
    (folder / "log").symlink_to("/dev/full")
    with ServerProcess(folder / "server", "--log_file", folder / "log") as server:
        for _ in range(3):
            assert server.predict(photo.instance).status_code == 200
        lost = "predictor_log_lines_lost_total 3.0"
        eventually(lambda: lost in server.get("/metrics").text, what="lines are counted")
        assert server.errors.read_text().count("lines of") == 1
        assert len(server.log) == 3
