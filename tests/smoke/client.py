"""HTTP requests to one server, each on a connection of its own, as an unknown client would send them."""

import base64
import errno
import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MODEL = "/v1/models/catdog"
PREDICT = f"{MODEL}:predict"
RETRY_SECONDS = 0.3


class Failed(Exception):
    """A check does not hold; the text is the reason that a person reads."""


class Unreachable(Failed):
    """Nobody is there to answer: a lost node looks like this, and so does a server that hangs."""


@dataclass(frozen=True)
class Response:
    """What came back, and how long it took."""

    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes
    seconds: float

    def json(self) -> Any:
        """Returns the body as JSON; raises Failed if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"the answer is not JSON: {self.body[:80]!r}") from None


@dataclass(frozen=True)
class Client:
    """Asks the server at a base URL, for example http://10.244.0.7:8080."""

    url: str
    timeout: float = 10.0
    """Seconds that a connection or an answer may take."""
    busy_seconds: float = 20.0
    """How long a server may ask to be asked later: it has more traffic than it can answer, which is no fault of its."""

    def send(self, method: str, path: str, payload: Any = None) -> Response:
        """Sends one request, again while the answer is 503 with Retry-After; raises Failed if there is no response."""
        deadline = time.monotonic() + self.busy_seconds
        while True:
            response = self.send_once(method, path, payload)
            is_busy = response.status == 503 and "retry-after" in response.headers
            if not is_busy or time.monotonic() > deadline:
                return response
            time.sleep(RETRY_SECONDS)

    def send_once(self, method: str, path: str, payload: Any = None) -> Response:
        """Sends one request, with a JSON body unless `payload` is None.

        Raises:
            Failed: there is no response; Unreachable if there was not even a refusal.
        """
        host = urlsplit(self.url).netloc
        body = None if payload is None else json.dumps(payload)
        connection = http.client.HTTPConnection(host, timeout=self.timeout)
        begin = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            kind = Unreachable if is_silence(error) else Failed
            raise kind(f"no answer to {method} {path}: {type(error).__name__} {error}".rstrip()) from None
        finally:
            connection.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, headers, content, time.monotonic() - begin)

    def predict(self, *photos: bytes) -> Response:
        """Sends encoded photos to V1 predict, in one request."""
        instances = [{"image": {"b64": base64.b64encode(photo).decode()}} for photo in photos]
        return self.send("POST", PREDICT, {"instances": instances})

    def is_ready(self) -> bool:
        """Whether the server says that it is ready, asked once; False also if it does not answer."""
        try:
            return self.send_once("GET", MODEL).status == 200
        except Failed:
            return False


def is_silence(error: Exception) -> bool:
    """Whether an error means that nobody answered at all: not a refusal, and no answer that is wrong."""
    codes = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)
    return isinstance(error, TimeoutError | socket.gaierror) or getattr(error, "errno", None) in codes
