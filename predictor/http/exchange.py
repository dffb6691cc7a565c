"""A request and its response, over ASGI."""

import random
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

import orjson

from predictor.telemetry.clients import client_of

if TYPE_CHECKING:
    from predictor.engine.answer import Answer
    from predictor.protocols.protocol import Protocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]


class Exchange:
    """One request and its response; `answer`, `photos`, `error` and `trace` are for those who record it.

    `status` is 0 until the response starts.

    Args:
        scope, receive, send: of ASGI.
        common_headers: those of every response.
    """

    def __init__(self, scope: Message, receive: Receive, send: Send, common_headers: Iterable[Header]):
        self.scope, self.receive, self._send, self._common_headers = scope, receive, send, common_headers
        self.start = time.perf_counter()
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
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
        length = (b"content-length", str(len(body)).encode())
        head = [(b"content-type", content_type), length, *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": head})
        await self.send({"type": "http.response.body", "body": body})

    async def send_error(self, status: int, sentence: str, headers: Iterable[Header] = ()) -> None:
        """Sends {"error": sentence}."""
        self.error = sentence
        await self.send_json(status, {"error": sentence}, headers)

    async def send(self, message: Message) -> None:
        """Passes an ASGI message on, with the headers that every response has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            request_id = (b"x-request-id", self.request_id.encode())
            message = {**message, "headers": [*message["headers"], *self._common_headers, request_id]}
        await self._send(message)

    @property
    def is_gone(self) -> bool:
        """Whether the client has left; False also where uvicorn does not tell."""
        return getattr(getattr(self.receive, "__self__", None), "disconnected", False)


def request_id_of(given: str | bytes | None) -> str:
    """The client's id of its request, or a new one where it gave none or one that is not fit for a log."""
    if isinstance(given, str) and 0 < len(given) <= 128 and given.isascii() and given.isprintable():
        return given
    return f"{random.getrandbits(128):032x}"  # an identifier, not a secret: no system call
