"""Requests that are sent before the one in front of them is answered: they wait unparsed, and take little."""

import threading
import time
from contextlib import ExitStack

import pytest
import requests

from model.settings import NAME
from predictor.http.connection import MOST_HEADERS
from predictor.limits import Limits
from tests.integration.conftest import Photo
from tests.integration.raw import PREDICT, Connection, post, request
from tests.integration.server_process import Server, ServerProcess, eventually

GET = request("GET", f"/v1/models/{NAME}")
BAD = post({"instances": []})
CHUNKED = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode()
CONNECTIONS = 400


def with_headers(count: int) -> bytes:
    return request("POST", PREDICT, b"{}", *(f"{number}:0" for number in range(count)))


@pytest.mark.parametrize("count", [MOST_HEADERS - 10, 250])
def test_many_heads_on_many_connections(server: ServerProcess, count: int) -> None:
    """33 requests in one send, on hundreds of connections: little memory, and others are answered meanwhile."""
    before, slowest, is_over = server.resident_bytes, 0.0, threading.Event()

    def probe() -> None:
        nonlocal slowest
        while not is_over.wait(0.02):
            start = time.monotonic()
            assert requests.get(f"{server.url}/v1/models/{NAME}", timeout=30).status_code == 200
            slowest = max(slowest, time.monotonic() - start)

    prober = threading.Thread(target=probe)
    prober.start()
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.http_port)) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.send(with_headers(count) * 33)
        statuses = {connection.receive().status for connection in connections}
        is_over.set()
        prober.join()
    assert statuses <= {400, 431, 503}
    assert server.resident_bytes - before < 48 * 2**20
    assert 0 < slowest < 5  # seconds, on a busy machine; it was half a minute


@pytest.mark.image
def test_small_requests_are_all_answered(server: Server, photo: Photo) -> None:
    with Connection(server.http_port) as connection:
        connection.send(post({"instances": [photo.instance]}) + GET * 100)
        assert [connection.receive().status for _ in range(101)] == [200] * 101
        connection.send(GET)
        assert connection.receive().status == 200


@pytest.mark.parametrize(
    ("behind", "status"),
    [(b"s3cr3t\r\n\r\n", 400), (with_headers(MOST_HEADERS + 10), 431), (GET[:-4] + b"\r\nx: " + b"a" * 16_400, 400)],
    ids=["noise", "too many headers", "more than is kept"],
)
def test_what_is_refused_behind_a_good_request(server: ServerProcess, behind: bytes, status: int) -> None:
    """The good one is answered first. What is too long to be kept gets no answer of its own, but a line in the log."""
    with Connection(server.http_port) as connection:
        connection.send(GET + behind)
        response = connection.receive()
        assert response.status == 200
        if not response.is_last:
            response = connection.receive()
            assert response.status == status
        assert response.is_last
        assert connection.is_closed()
    eventually(lambda: any(line["route"] == "unreadable" and line["status"] == status for line in server.log))


@pytest.mark.image
def test_as_much_as_is_kept_is_answered(server: Server) -> None:
    padded = request("GET", f"/v1/models/{NAME}", b"", "x: " + "a" * (Limits().max_head_bytes - 200))
    with Connection(server.http_port) as connection:
        connection.send(GET + padded)
        assert [connection.receive().status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("requests_", "statuses"),
    [((GET, BAD, GET), [200, 400, 200]), ((BAD, CHUNKED, BAD), [400] * 3), ((CHUNKED, GET, CHUNKED), [400, 200, 400])],
    ids=["lengths", "chunks between lengths", "a length between chunks"],
)
def test_wherever_the_pieces_end(server: ServerProcess, requests_: tuple[bytes, ...], statuses: list[int]) -> None:
    whole = b"".join(requests_)
    for cut in range(1, len(whole)):
        with Connection(server.http_port) as connection:
            connection.send(whole[:cut])
            time.sleep(0.001)
            connection.send(whole[cut:])
            assert [connection.receive().status for _ in statuses] == statuses, cut
