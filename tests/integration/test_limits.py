"""Each limit has a flag and a status, and the next request is answered."""

import base64
import json
import socket
import time
from collections.abc import Iterator

import pytest
import requests

from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.raw import Connection
from tests.integration.server_process import ServerProcess
from tests.unit.photos import encoded, landscape

PATH = f"/v1/models/{NAME}:predict"
FLAGS = {
    "--max_body_bytes": 200_000,
    "--max_instances": 2,
    "--max_image_bytes": 60_000,
    "--max_pixels": 300_000,
    "--body_timeout": 0.5,
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    flags = [part for pair in FLAGS.items() for part in pair]
    with ServerProcess(tmp_path_factory.mktemp("strict"), *flags) as server:
        yield server


@pytest.fixture(autouse=True)
def next_request_is_answered(request: pytest.FixtureRequest, photo: Photo) -> Iterator[None]:
    yield
    if "strict" in request.fixturenames:
        assert request.getfixturevalue("strict").predict(photo.instance).status_code == 200


def refused(response: requests.Response, status: int, sentence: str) -> None:
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert sentence in response.json()["error"]


def photo_of_bytes(size: int) -> str:
    """A small photo, padded to `size` bytes, as base64."""
    data = encoded(landscape(100, 80))
    return base64.b64encode(data + bytes(size - len(data))).decode()


def test_body(strict: ServerProcess) -> None:
    refused(strict.post(PATH, data=bytes(200_001)), 413, "200,000 bytes")
    refused(strict.post(f"/v2/models/{NAME}/infer", data=bytes(200_001)), 413, "200,000 bytes")
    refused(strict.post("/nothing", data=bytes(200_001)), 413, "200,000 bytes")
    refused(strict.post(PATH, data=bytes(200_000)), 400, "not JSON")


def test_chunked_body_is_counted_while_it_arrives(strict: ServerProcess) -> None:
    refused(strict.post(PATH, data=(bytes(10_000) for _ in range(30))), 413, "200,000 bytes")


def test_endless_body_is_cut_off(strict: ServerProcess) -> None:
    with strict.connect() as connection:
        connection.sendall(
            f"POST /v1/models/{NAME}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n".encode()
        )
        answer = send_until_answered(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")


def send_until_answered(connection: socket.socket) -> bytes:
    sent = 0
    connection.setblocking(False)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            sent += connection.send(bytes(50_000))
        except BlockingIOError:
            time.sleep(0.001)
        except ConnectionError:
            pass  # closed: its response can still be read
        try:
            return connection.recv(65536)
        except BlockingIOError:
            continue
    raise AssertionError(f"no answer after {sent} bytes")


def test_instances(strict: ServerProcess, photo: Photo) -> None:
    refused(strict.predict(*[photo.instance] * 3), 400, "limit of 2")
    data = {"name": "image", "shape": [3], "datatype": "BYTES", "data": [photo.b64] * 3}
    refused(strict.post(f"/v2/models/{NAME}/infer", json={"inputs": [data]}), 400, "limit of 2")
    assert strict.predict(photo.instance, photo.instance).status_code == 200


def test_image_bytes(strict: ServerProcess) -> None:
    refused(strict.predict(photo_of_bytes(60_010)), 400, "60,000 bytes")
    assert strict.predict(photo_of_bytes(60_000)).status_code == 200


def test_pixels(strict: ServerProcess) -> None:
    for kind in ("PNG", "GIF", "WEBP"):
        large = base64.b64encode(encoded(landscape(1, 1).resize((1000, 301)), kind)).decode()
        refused(strict.predict(large), 400, "1000x301 pixels, more than the limit of 300,000")
    # JPEGs are decoded at a smaller scale
    large = base64.b64encode(encoded(landscape(1, 1).resize((4000, 301)))).decode()
    refused(strict.predict(large), 400, "4000x301 pixels, more than the limit of 1,200,000")
    for kind, width in (("PNG", 1000), ("JPEG", 4000)):
        fits = base64.b64encode(encoded(landscape(1, 1).resize((width, 300)), kind)).decode()
        assert strict.predict(fits).status_code == 200


def test_slow_body(strict: ServerProcess) -> None:
    with Connection(strict.http_port) as connection:
        head = f"POST /v1/models/{NAME}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
        connection.send(head.encode() + b"12345")
        answer = connection.receive()
        assert answer.status == 408
        assert json.loads(answer.body) == {"error": "the body did not arrive within 0.5 seconds"}
        assert answer.is_last
        assert connection.is_closed()


def test_silent_connections_are_closed(strict: ServerProcess) -> None:
    """Connections that send nothing, or only a part of a request's head, also after a whole request."""
    get = f"GET /v1/models/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with (
        Connection(strict.http_port) as nothing,
        Connection(strict.http_port) as half,
        Connection(strict.http_port) as later,
    ):
        half.send(get[:30])
        later.send(get)
        assert later.receive().status == 200
        later.send(get[:30])
        with Connection(strict.http_port) as kept:
            kept.send(get)
            assert kept.receive().status == 200
            assert all(connection.is_closed() for connection in (nothing, half, later))
            kept.send(get)  # idle between requests is another timeout
            assert kept.receive().status == 200
