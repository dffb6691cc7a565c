"""What one connection may make the server keep before a request is read."""

import time
from collections.abc import Iterator

import pytest

from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.raw import PREDICT, Connection
from tests.integration.server_process import ServerProcess, eventually

PIECES = 1500
PIECE_BYTES = 1024
MOST_BYTES = 128 * 1024
START = f"POST {PREDICT} HTTP/1.1\r\nHost: {NAME}\r\n".encode()
TRAILERS = START + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
ENDLESS = {
    "short lines": (START, b"x-1: a\r\n" * (PIECE_BYTES // 8)),
    "one long line": (START + b"x-1: ", b"a" * PIECE_BYTES),
    "a long name": (START, b"a" * PIECE_BYTES),
    "a long path": (b"GET /", b"a" * PIECE_BYTES),
    "short trailers": (TRAILERS, b"x-1: a\r\n" * (PIECE_BYTES // 8)),
    "one long trailer": (TRAILERS + b"x-1: ", b"a" * PIECE_BYTES),
    "a long chunk extension": (START + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * PIECE_BYTES),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("connections"), "--max_connections", 40, "--body_timeout", 5) as server:
        yield server


def send_until_closed(connection: Connection, start: bytes, piece: bytes) -> int:
    """Sends pieces until the server closes; returns how many bytes it took."""
    connection.socket.sendall(start)
    for number in range(PIECES):
        try:
            connection.socket.sendall(piece)
        except OSError:
            return number * len(piece)
        time.sleep(0.0005)
    return PIECES * len(piece)


@pytest.mark.parametrize("kind", ENDLESS)
def test_heads_and_trailers_without_end(server: ServerProcess, photo: Photo, kind: str) -> None:
    before = server.resident_bytes
    with Connection(server.http_port) as connection:
        taken = send_until_closed(connection, *ENDLESS[kind])
    assert taken <= MOST_BYTES
    assert server.resident_bytes - before < 8 * 2**20
    assert server.predict(photo.instance).status_code == 200


def test_the_response_says_why(server: ServerProcess) -> None:
    with Connection(server.http_port) as connection:
        connection.send(START + b"x-1: " + b"a" * 70_000)
        response = connection.receive()
    assert response.status == 431
    assert b"the head of the request is larger than the limit of 16,384 bytes" in response.body
    assert response.is_last


def test_a_head_within_the_limit_is_answered(server: ServerProcess) -> None:
    with Connection(server.http_port) as connection:
        connection.send(f"GET /v1/models/{NAME} HTTP/1.1\r\nHost: x\r\nx-1: ".encode() + b"a" * 16_000 + b"\r\n\r\n")
        assert connection.receive().status == 200


def test_a_refused_head_is_counted_and_logged(server: ServerProcess) -> None:
    with Connection(server.http_port) as connection:
        connection.send(START + b"x-1: " + b"a" * 70_000)
        connection.receive()
    eventually(lambda: any(line["status"] == 431 for line in server.log), what="its line is there")
    assert 'predictor_requests_total{client="traffic",code="431",route="unreadable"}' in server.get("/metrics").text


def test_connections_beyond_the_limit(server: ServerProcess, photo: Photo) -> None:
    connections = [Connection(server.http_port) for _ in range(45)]
    try:
        connections[-1].send(f"GET /v1/models/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        response = connections[-1].receive()
        assert (response.status, response.is_last) == (503, True)
        assert response.headers["retry-after"] == "1"
    finally:
        for connection in connections:
            connection.__exit__()
    eventually(lambda: server.predict(photo.instance).status_code == 200, what="room again")
