"""HTTP requests to one server, each on a connection of its own, as an unknown client would send them."""

import base64
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MODEL = "/v1/models/catdog"
PREDICT = f"{MODEL}:predict"


class Failed(Exception):
    """A check does not hold; the text is the reason that a person reads."""


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

    def send(self, method: str, path: str, payload: Any = None) -> Response:
        """Sends one request, with a JSON body unless `payload` is None; raises Failed if there is no response."""
        host = urlsplit(self.url).netloc
        body = None if payload is None else json.dumps(payload)
        connection = http.client.HTTPConnection(host, timeout=self.timeout)
        begin = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"no answer to {method} {path}: {type(error).__name__} {error}".rstrip()) from None
        finally:
            connection.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, headers, content, time.monotonic() - begin)

    def predict(self, *photos: bytes) -> Response:
        """Sends encoded photos to V1 predict, in one request."""
        instances = [{"image": {"b64": base64.b64encode(photo).decode()}} for photo in photos]
        return self.send("POST", PREDICT, {"instances": instances})

    def is_ready(self) -> bool:
        """Whether the server says that it is ready; False also if it does not answer."""
        try:
            return self.send("GET", MODEL).status == 200
        except Failed:
            return False
