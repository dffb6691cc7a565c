"""A request and its response, as the application handles them."""

import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

from predictor.http.cycle import Cycle, Header
from predictor.telemetry.clients import client_of

if TYPE_CHECKING:
    from predictor.engine.answer import Answer
    from predictor.protocols.protocol import Protocol


class Exchange:
    """One request and its response; `answer`, `photos`, `error` and `trace` are for those who record it.

    `status` is 0 until the response starts.

    Args:
        cycle: what the connection knows of the request; it sends the response.
        common_headers: those of every response.
    """

    def __init__(self, cycle: Cycle, common_headers: Iterable[Header]):
        self.cycle, self._common_headers = cycle, common_headers
        self.start = time.perf_counter()
        self.headers = cycle.headers
        self.request_id = request_id_of(self.headers.get(b"x-request-id", b"").decode("latin-1"))
        self.client = client_of(self.headers.get(b"user-agent", b"").decode("latin-1"))
        self.status = 0
        self.answer: Answer | None = None
        self.photos: Protocol[Any] | None = None
        self.error: str | None = None
        self.trace: str | None = None

    async def send_json(self, status: int, content: dict[str, Any], headers: Iterable[Header] = ()) -> None:
        """Sends a whole response."""
        await self.send_body(status, orjson.dumps(content), b"application/json", headers)

    async def send_body(self, status: int, body: bytes, content_type: bytes, headers: Iterable[Header] = ()) -> None:
        """Sends a whole response."""
        self.status = status
        request_id = (b"x-request-id", self.request_id.encode())
        head = [(b"content-type", content_type), *headers, *self._common_headers, request_id]
        await self.cycle.respond(status, head, body)

    async def send_error(self, status: int, sentence: str, headers: Iterable[Header] = ()) -> None:
        """Sends {"error": sentence}."""
        self.error = sentence
        await self.send_json(status, {"error": sentence}, headers)

    @property
    def is_gone(self) -> bool:
        """Whether the client has left."""
        return self.cycle.disconnected


def request_id_of(given: str | bytes | None) -> str:
    """The client's id of its request, or a new one where it gave none or one that is not fit for a log."""
    if isinstance(given, str) and 0 < len(given) <= 128 and given.isascii() and given.isprintable():
        return given
    return f"{random.getrandbits(128):032x}"  # an identifier, not a secret: no system call
