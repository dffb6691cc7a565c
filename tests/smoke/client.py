"""HTTP requests to one server, each on a connection of its own, as an unknown client would send them."""

import base64
import errno
import http.client
import io
import json
import math
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

AGENT = "predictor-judge"  # the server does not count it as traffic
NAME = os.environ.get("SERVING_NAME", "model")  # in URLs; the server has the same default
KEY_FILE = os.environ.get("SERVING_KEY_FILE", "")  # where the server wants a key: a file whose first line is one
MODEL = f"/v1/models/{NAME}"
PREDICT = f"{MODEL}:predict"
RETRY_SECONDS = 0.3
LARGEST_ANSWER_BYTES = 16 * 2**20


class Failed(Exception):
    """A check does not hold; the text is the reason that a person reads."""


class NoAnswer(Failed):
    """There is no response: the connection was refused, or broke."""


class Unreachable(NoAnswer):
    """Nobody is there to answer: a lost node looks like this, and so does a server that hangs."""


class OutOfTime(Exception):
    """The checks take too long; not a Failed, after which the next check would run."""


@dataclass(frozen=True)
class Response:
    """What came back, and how long it took."""

    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes
    seconds: float

    @property
    def is_shed(self) -> bool:
        """Whether the server asks to be asked later: it has more traffic than it can answer, no fault of its own."""
        return self.status == 503 and "retry-after" in self.headers

    def json(self) -> Any:
        """Returns the body as JSON; raises Failed if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Failed(f"the answer is not JSON: {self.body[:80]!r}") from None


@dataclass(frozen=True)
class Client:
    """Asks the server at a base URL, for example http://10.244.0.7:8080."""

    url: str
    timeout: float = 10.0
    """Seconds from the start of a request to the end of its answer."""
    busy_seconds: float = 20.0
    """How long a server may ask to be asked later."""
    until: float = math.inf
    """When there is no more time for any request, by time.monotonic()."""
    key_file: str = KEY_FILE
    """Read for each prediction, because keys change; empty where the server wants none."""

    def send(self, method: str, path: str, payload: Any = None) -> Response:
        """Sends one request, again while it is shed; raises as `send_once`."""
        deadline = time.monotonic() + self.busy_seconds
        while True:
            response = self.send_once(method, path, payload)
            if not response.is_shed or time.monotonic() > deadline:
                return response
            time.sleep(RETRY_SECONDS)

    def send_once(self, method: str, path: str, payload: Any = None) -> Response:
        """Sends one request, with a JSON body unless `payload` is None.

        Raises:
            NoAnswer: there is no response; Unreachable if there was not even a refusal.
            Failed: the response is too large, or there is no key in the file of keys.
            OutOfTime: there is no more time for the checks.
        """
        body = None if payload is None else json.dumps(payload)
        headers = {"User-Agent": AGENT}
        if body:
            headers |= {"Content-Type": "application/json", **key_header(self.key_file)}
        begin = time.monotonic()
        if begin >= self.until:
            raise OutOfTime
        deadline = min(begin + self.timeout, self.until)
        try:
            status, headers, content = exchange(urlsplit(self.url).netloc, method, path, headers, body, deadline)
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= self.until:
                raise OutOfTime from None
            kind = Unreachable if is_silence(error) else NoAnswer
            raise kind(f"no answer to {method} {path}: {type(error).__name__} {error}".rstrip()) from None
        if len(content) > LARGEST_ANSWER_BYTES:
            raise Failed(f"the answer to {method} {path} has more than {LARGEST_ANSWER_BYTES:,} bytes")
        return Response(status, headers, content, time.monotonic() - begin)

    def predict(self, *photos: bytes) -> Response:
        """Sends encoded photos to V1 predict, in one request, again while it is shed; raises as `send_once`."""
        return self.send("POST", PREDICT, predict_body(photos))

    def predict_once(self, *photos: bytes) -> Response:
        """Sends encoded photos to V1 predict, in one request; raises as `send_once`."""
        return self.send_once("POST", PREDICT, predict_body(photos))

    def is_ready(self) -> bool:
        """Whether the server says that it is ready, asked once; False also if it does not answer."""
        try:
            return self.send_once("GET", MODEL).status == 200
        except (Failed, OutOfTime):
            return False


class TimedReader(io.RawIOBase):
    """The bytes of a connection, all of which must have come by a moment: else they may come one by one without end."""

    def __init__(self, connection: socket.socket, deadline: float):
        self.connection, self.deadline = connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.connection.settimeout(seconds_left(self.deadline))
        return self.connection.recv_into(buffer)


def key_header(path: str) -> dict[str, str]:
    """The header that shows the first key of a file; none where the path is empty. Raises Failed if there is no key."""
    if not path:
        return {}
    try:
        key = Path(path).read_text("ascii").split()[0]
    except (OSError, ValueError, IndexError):  # no message: it could have a part of a key
        key = ""
    if not key.isprintable() or not key:
        raise Failed(f"there is no key in {path}, which SERVING_KEY_FILE names")
    return {"Authorization": f"Bearer {key}"}


def exchange(
    host: str, method: str, path: str, headers: dict[str, str], body: str | None, deadline: float
) -> tuple[int, dict[str, str], bytes]:
    """Sends one request, and returns the response's status, its headers and its body, cut where it is too large.

    Raises:
        OSError: there is no connection, or the response has not come by the deadline.
        http.client.HTTPException: it is no HTTP, or was cut short.
    """
    connection = http.client.HTTPConnection(host, timeout=seconds_left(deadline))
    try:
        connection.request(method, path, body, headers)
        with http.client.HTTPResponse(connection.sock, method=method) as response:
            response.fp.close()
            response.fp = io.BufferedReader(TimedReader(connection.sock, deadline))
            response.begin()
            content = response.read(LARGEST_ANSWER_BYTES + 1)
            if response.length and len(content) <= LARGEST_ANSWER_BYTES:
                raise http.client.IncompleteRead(content, response.length)
            return response.status, {name.lower(): value for name, value in response.getheaders()}, content
    finally:
        connection.close()


def seconds_left(deadline: float) -> float:
    """Seconds until a moment of time.monotonic(); raises TimeoutError if it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def predict_body(photos: tuple[bytes, ...]) -> dict[str, Any]:
    """The body of a V1 prediction of encoded photos."""
    return {"instances": [{"image": {"b64": base64.b64encode(photo).decode()}} for photo in photos]}


def is_silence(error: Exception) -> bool:
    """Whether an error means that nobody answered at all: not a refusal, and no answer that is wrong."""
    codes = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)
    return isinstance(error, TimeoutError | socket.gaierror) or getattr(error, "errno", None) in codes
