"""One HTTP request to one server, a connection of its own each time, as a stranger would ask."""

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
    """A check that did not hold; its text is the reason that a person reads."""


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON; anything else is a failed check."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"the answer is not JSON: {self.body[:80]!r}") from None


@dataclass(frozen=True)
class Server:
    """A server by its base URL, for example http://10.244.0.7:8080."""

    url: str
    timeout: float = 10.0

    def ask(self, method: str, path: str, payload: Any = None) -> Answer:
        """Sends one request; no answer at all is a failed check."""
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
        return Answer(response.status, headers, content, time.monotonic() - begin)

    def predict(self, *photos: bytes) -> Answer:
        """Asks what is on the photos, by V1."""
        instances = [{"image": {"b64": base64.b64encode(photo).decode()}} for photo in photos]
        return self.ask("POST", PREDICT, {"instances": instances})

    def is_ready(self) -> bool:
        """Whether it says that it is ready; not being there yet is no error."""
        try:
            return self.ask("GET", MODEL).status == 200
        except Failed:
            return False
