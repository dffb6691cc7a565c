"""One request, and what the checks get to see of its response."""

import base64
import json

import pytest

from tests.smoke.client import Client, Failed, Unreachable
from tests.smoke.expected import Expected
from tests.unit.smoke.stand_in import StandIn, by_class, serve

NOBODY = Client("http://127.0.0.1:1", timeout=1)


def test_a_prediction(client: Client, server: StandIn, expected: Expected) -> None:
    server.delays = [0.2]
    response = client.predict(expected.goldens[0].photo)
    assert response.status == 200
    assert response.headers["x-catdog-revision"] == server.revision
    assert response.json()["predictions"][0]["probabilities"] == by_class(expected, expected.goldens[0])
    assert 0.2 <= response.seconds < 5


def test_photos_are_sent_as_base64(expected: Expected) -> None:
    class Recorder(StandIn):
        def post(self, body: bytes) -> tuple[int, bytes]:
            return 200, body

    with serve(Recorder(expected)) as recorder:
        sent = Client(recorder.url).predict(b"one", b"other").json()
    assert [base64.b64decode(item["image"]["b64"]) for item in sent["instances"]] == [b"one", b"other"]


def test_no_server() -> None:
    with pytest.raises(Failed, match=r"^no answer to GET /metrics: ConnectionRefusedError"):
        NOBODY.send("GET", "/metrics")


def test_a_server_that_takes_too_long(server: StandIn, expected: Expected) -> None:
    server.delays = [1]
    with pytest.raises(Failed, match=r"^no answer to POST /v1/models/catdog:predict: TimeoutError"):
        Client(server.url, timeout=0.1).predict(expected.goldens[0].photo)


def test_a_response_that_is_not_json(client: Client) -> None:
    response = client.send("GET", "/metrics")
    with pytest.raises(Failed, match=r"the answer is not JSON: b'# TYPE"):
        response.json()


def test_ready(client: Client, server: StandIn) -> None:
    assert client.is_ready()
    server.ready = 503
    assert not client.is_ready()
    assert not NOBODY.is_ready()
    assert json.loads(client.send("GET", "/v1/models/catdog").body)["revision"] == server.revision


def test_a_server_that_is_busy_is_asked_again(server: StandIn, expected: Expected) -> None:
    server.busy = 2
    assert Client(server.url).predict(expected.goldens[0].photo).status == 200
    server.busy = 10**6
    assert Client(server.url, busy_seconds=0.5).predict(expected.goldens[0].photo).status == 503


def test_silence_is_told_from_a_refusal(server: StandIn, expected: Expected) -> None:
    server.delays = [1]
    for client in (Client(server.url, timeout=0.2), Client("http://nobody.invalid", timeout=1)):
        with pytest.raises(Unreachable):
            client.predict(expected.goldens[0].photo)
    with pytest.raises(Failed) as failed:
        NOBODY.send("GET", "/metrics")
    assert not isinstance(failed.value, Unreachable)
