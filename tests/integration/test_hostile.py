"""Whatever a client sends, the response is right, or an error of one sentence; and the next request is answered."""

import json
import re
import socket
import struct

import pytest

from tests.integration.hostile import GOOD, SECRET, Hostile, all_hostile
from tests.integration.raw import Connection, Response
from tests.integration.server_process import Server, ServerProcess

TABLE = {hostile.name: hostile for hostile in all_hostile()}
LEAKS = re.compile(rf"{SECRET}|Traceback|\w(Error|Exception)\b|File \"|site-packages|0x[0-9a-f]{{8}}| at line ")
UVICORNS_OWN = (b"Invalid HTTP request received.", b"Unsupported upgrade request.", b"")


def ask(server: Server, hostile: Hostile) -> Response | None:
    """Sends it, and checks what must be so after every request."""
    with Connection(server.http_port) as connection:
        connection.send(*hostile.pieces)
        if hostile.leaves:  # with a reset instead of an orderly close
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return None
        response = connection.receive(has_body=not hostile.is_head)
        if response.is_last:
            assert connection.is_closed()
        else:
            connection.send(GOOD)
            assert connection.receive().status == 200
        return response


def check(hostile: Hostile, response: Response) -> None:
    assert response.status in hostile.statuses, response
    text = response.body.decode()
    assert not LEAKS.search(text)
    assert not any(LEAKS.search(value) for name, value in response.headers.items() if name != "x-request-id")
    if response.status >= 400 and not hostile.is_head and response.body not in UVICORNS_OWN:
        assert response.headers["content-type"] == "application/json"
        (error,) = [json.loads(text)["error"]] if list(json.loads(text)) == ["error"] else []
        assert 10 < len(error) < 300


@pytest.mark.image
@pytest.mark.parametrize("name", TABLE)
def test_hostile_request(server: Server, name: str) -> None:
    hostile = TABLE[name]
    response = ask(server, hostile)
    if response:
        check(hostile, response)
    with Connection(server.http_port) as connection:
        connection.send(GOOD)
        answer = connection.receive()
    assert answer.status == 200
    assert len(json.loads(answer.body)["predictions"]) == 1


def test_table_is_long_enough() -> None:
    assert len(TABLE) == len(all_hostile()) >= 60


@pytest.mark.image
def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    bad = next(iter(TABLE["value: not base64"].pieces))
    with Connection(server.http_port) as connection:
        connection.send(GOOD + bad + GOOD + bad + bad + GOOD)
        assert [connection.receive().status for _ in range(6)] == [200, 400, 200, 400, 400, 200]


def test_server_wrote_no_stack_trace(server: ServerProcess) -> None:
    for hostile in TABLE.values():
        ask(server, hostile)
    assert "Traceback" not in server.errors.read_text()
    assert not [line for line in server.log if line["status"] >= 500 and line["status"] != 503]
    assert server.is_ready()
