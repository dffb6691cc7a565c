"""One request, and what the checks get to see of its response."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model.settings import NAME
from tests.smoke.client import Client, Failed, NoAnswer, OutOfTime, Unreachable
from tests.smoke.expected import Expected
from tests.unit.http_server import running
from tests.unit.smoke.stand_in import StandIn, by_class, serve

NOBODY = Client("http://127.0.0.1:1", timeout=1)


@contextmanager
def answering(*parts: bytes) -> Iterator[str]:
    """A server that sends these bytes, and then some more one by one; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            with suppress(OSError):
                for part in parts:
                    self.wfile.write(part)
                    time.sleep(0.05)

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_prediction(client: Client, server: StandIn, expected: Expected) -> None:
    server.delays = [0.2]
    response = client.predict(expected.goldens[0].photo)
    assert response.status == 200
    assert response.headers["x-model-revision"] == server.revision
    assert response.json()["predictions"][0]["probabilities"] == by_class(expected, expected.goldens[0])
    assert 0.2 <= response.seconds < 10


def test_photos_are_sent_as_base64(expected: Expected) -> None:
    class Recorder(StandIn):
        def post(self, body: bytes) -> tuple[int, bytes]:
            return 200, body

    with serve(Recorder(expected)) as recorder:
        sent = Client(recorder.url).predict(b"one", b"other").json()
    assert [base64.b64decode(item["image"]["b64"]) for item in sent["instances"]] == [b"one", b"other"]


def test_the_server_is_told_who_asks() -> None:
    heads = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heads.append(self.headers["User-Agent"])
            self.send_response(200)
            self.end_headers()

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        Client(f"http://127.0.0.1:{port}").send("GET", "/metrics")
    assert heads == ["predictor-judge"]


def test_a_key_is_shown_with_predictions_alone(tmp_path: Path, expected: Expected) -> None:
    heads: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heads.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        client = Client(f"http://127.0.0.1:{port}", key_file=str(tmp_path / "keys"))
        for key in ("first-key", "second-key"):  # keys change while a judge runs
            (tmp_path / "keys").write_text(f"\n{key}\nother-key\n")
            client.predict(b"photo")
        client.send("GET", "/metrics")
        Client(client.url).predict(b"photo")
    assert heads == ["Bearer first-key", "Bearer second-key", None, None]


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"\xff" * 20, b"\0" * 20])
def test_a_file_without_a_key(server: StandIn, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "keys").write_bytes(content)
    with pytest.raises(Failed) as failed:
        Client(server.url, key_file=str(tmp_path / "keys")).predict(b"photo")
    assert str(failed.value) == f"there is no key in {tmp_path}/keys, which SERVING_KEY_FILE names"


def test_no_server() -> None:
    with pytest.raises(NoAnswer, match=r"^no answer to GET /metrics: ConnectionRefusedError"):
        NOBODY.send("GET", "/metrics")


def test_a_server_that_takes_too_long(server: StandIn, expected: Expected) -> None:
    server.delays = [1]
    with pytest.raises(Failed, match=rf"^no answer to POST /v1/models/{NAME}:predict: TimeoutError"):
        Client(server.url, timeout=0.1).predict(expected.goldens[0].photo)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize("parts", [[b"H", *[b"T"] * 200], [HEAD, *[b"x"] * 200]])
def test_an_answer_that_comes_byte_by_byte_takes_too_long(parts: list[bytes]) -> None:
    """Each byte is in time, the answer is not."""
    begin = time.monotonic()
    with answering(*parts) as url, pytest.raises(Unreachable, match="TimeoutError timed out"):
        Client(url, timeout=0.3).send("GET", "/")
    assert time.monotonic() - begin < 8


def test_an_answer_that_is_cut_short() -> None:
    with answering(HEAD, b"x") as url, pytest.raises(NoAnswer, match="IncompleteRead"):
        Client(url).send("GET", "/")
    with answering(b"") as url, pytest.raises(NoAnswer, match="RemoteDisconnected"):
        Client(url).send("GET", "/")
    with answering(b"nonsense\r\n\r\n") as url, pytest.raises(NoAnswer, match="BadStatusLine"):
        Client(url).send("GET", "/")


def test_an_answer_that_is_too_large(
    client: Client, server: StandIn, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke.client.LARGEST_ANSWER_BYTES", 10**5)
    server.body = b"x" * 10**6
    with pytest.raises(Failed, match=rf"^the answer to POST /v1/models/{NAME}:predict has more than 100,000 bytes"):
        client.predict(expected.goldens[0].photo)


@pytest.mark.parametrize("body", [b"{", b"[" * 10**5, b"\xff"])
def test_a_response_that_is_not_json(client: Client, server: StandIn, body: bytes) -> None:
    server.status_page = body
    with pytest.raises(Failed, match=r"^the answer is not JSON: b'"):
        client.send("GET", f"/v1/models/{NAME}").json()


def test_ready(client: Client, server: StandIn) -> None:
    assert client.is_ready()
    server.ready = 503
    assert not client.is_ready()
    assert not NOBODY.is_ready()
    assert json.loads(client.send_once("GET", f"/v1/models/{NAME}").body)["revision"] == server.revision


def test_a_server_that_is_busy_is_asked_again(server: StandIn, expected: Expected) -> None:
    photo = expected.goldens[0].photo
    server.busy = 2
    assert Client(server.url).predict(photo).status == 200
    server.busy = 10**6
    assert Client(server.url, busy_seconds=0.5).predict(photo).is_shed
    left = server.busy
    assert Client(server.url).predict_once(photo).is_shed
    assert server.busy == left - 1


def test_silence_is_told_from_a_refusal(server: StandIn, expected: Expected) -> None:
    server.delays = [1]
    for client in (Client(server.url, timeout=0.2), Client("http://nobody.invalid", timeout=1)):
        with pytest.raises(Unreachable):
            client.predict(expected.goldens[0].photo)
    with pytest.raises(NoAnswer) as failed:
        NOBODY.send("GET", "/metrics")
    assert not isinstance(failed.value, Unreachable)


def test_no_more_time(server: StandIn, expected: Expected) -> None:
    server.delays = [5]
    with pytest.raises(OutOfTime):
        Client(server.url, until=time.monotonic() + 0.3).predict(expected.goldens[0].photo)
    ended = Client(server.url, until=time.monotonic())
    with pytest.raises(OutOfTime):
        ended.send("GET", "/metrics")
    assert not ended.is_ready()
