"""A server that is full refuses requests with 503, and answers again afterwards."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.integration.conftest import Photo
from tests.integration.raw import PREDICT, Connection
from tests.integration.server_process import ServerProcess, eventually, start_all
from tests.integration.test_limits import refused


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ServerProcess]]:
    folder = tmp_path_factory.mktemp("overload")
    flags: dict[str, list[object]] = {
        "short queue": ["--max_waiting", 2, "--threads", 1],
        "small memory": ["--max_held_bytes", 100_000, "--threads", 1],
    }
    with start_all(folder, flags) as servers:
        yield servers


@pytest.fixture(scope="module")
def short_queue(servers: dict[str, ServerProcess]) -> ServerProcess:
    """One thread, and at most two requests wait for it."""
    return servers["short queue"]


@pytest.fixture(scope="module")
def small_memory(servers: dict[str, ServerProcess]) -> ServerProcess:
    """Holds at most 100,000 bytes of bodies; a lone request always fits."""
    return servers["small memory"]


def test_waiting_requests(short_queue: ServerProcess, photo: Photo) -> None:
    """Of forty clients at once some are told to come back, and afterwards the server answers as before."""
    server, instances = short_queue, [photo.instance] * 8
    start = threading.Barrier(40)

    def ask(_: int) -> list[requests.Response]:
        with requests.Session() as session:
            start.wait(30)
            return [session.post(server.url + PREDICT, json={"instances": instances}, timeout=60) for _ in range(5)]

    with ThreadPoolExecutor(40) as pool:
        responses = [response for answers in pool.map(ask, range(40)) for response in answers]
    codes = Counter(response.status_code for response in responses)
    assert set(codes) == {200, 503}, codes
    for response in responses:
        if response.status_code == 503:
            refused(response, 503, "the server is full")
            assert response.headers["retry-after"] == "1"
    assert server.predict(photo.instance).status_code == 200
    eventually(lambda: "predictor_queue_depth 0.0\n" in server.get("/metrics").text, what="an empty queue")


def test_bytes_that_are_still_arriving(small_memory: ServerProcess) -> None:
    """A body of which a part has arrived counts; its bytes are free again when its sender leaves."""
    server = small_memory

    def ask() -> int:
        return server.post(PREDICT, data=bytes(50_000)).status_code

    assert ask() == 400
    with Connection(server.http_port) as connection:
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 130000\r\n\r\n"
        connection.send(head.encode(), bytes(110_000))
        eventually(lambda: ask() == 503, what="no room")
        assert server.is_ready()
        assert server.get("/metrics").status_code == 200
    eventually(lambda: ask() == 400, what="room again")


def test_held_bytes(small_memory: ServerProcess, photo: Photo) -> None:
    """While a large body is being answered the next is refused."""
    heavy = [photo.instance] * 32

    def ask(_: int) -> int:
        return small_memory.predict(*heavy).status_code

    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(ask, range(64)))
    assert set(codes) == {200, 503}, codes
    assert small_memory.predict(*heavy).status_code == 200
