"""One request of a connection and its response: pieces of the body in, one write out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from predictor.errors import SERVER_FAILED, Refused

if TYPE_CHECKING:
    from predictor.http.connection import Connection

Header = tuple[bytes, bytes]
Application = Callable[["Cycle"], Awaitable[None]]

JSON = (b"content-type", b"application/json")
CLOSE = (b"connection", b"close")

logger = logging.getLogger("uvicorn.error")


def response_of(status: int, headers: Sequence[Header], body: bytes, has_body: bool = True) -> bytes:
    """A whole response; `has_body` is False in the answer to HEAD, which says how long the body would be."""
    length = b"content-length: %d\r\n" % len(body)
    lines = [b"%s: %s\r\n" % header for header in headers]
    return b"".join([STATUS_LINE[status], *lines, length, b"\r\n", body if has_body else b""])


class Cycle:
    """Has the names that uvicorn's connections ask its own cycles for, but speaks no ASGI.

    ASGI's dictionaries and copies of the body took half of the event loop's time for a request with a photo.

    Args:
        connection: has read the request's head.
        method, path: of the request; the path is unquoted.
        keep_alive: whether the client wants to send more requests.
    """

    def __init__(self, connection: "Connection", method: str, path: str, keep_alive: bool):
        self.method, self.path, self.keep_alive = method, path, keep_alive
        self.headers: dict[bytes, bytes] = dict(connection.headers)
        self.client = connection.client
        self.more_body = True  # whether pieces of the body are still to come
        self.disconnected = self.response_started = self.response_complete = False
        self.message_event = asyncio.Event()
        self._body: bytes | bytearray = b""
        self._wants_continue = connection.expect_100_continue
        self._default_headers = connection.server_state.default_headers
        self._transport, self._flow = connection.transport, connection.flow
        self._on_response = connection.on_response_complete

    async def run_asgi(self, app: Application) -> None:
        """Lets the application answer; uvicorn's connections call it, by this name."""
        try:
            await app(self)
        except BaseException as error:  # cancelled, because the server's time to end is over
            logger.error("A request was not answered", exc_info=error)
            if not self.response_complete:
                self._write(500, [JSON, CLOSE], orjson.dumps({"error": SERVER_FAILED}))
        finally:
            self._on_response = _nothing  # else this object and the connection hold each other

    def add(self, piece: bytes) -> int:
        """Adds a piece of the body; gives how many bytes nobody has received yet."""
        if not self._body:
            self._body = piece
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)  # which grows without a copy of the whole
            self._body += piece
        self.message_event.set()
        return len(self._body)

    async def receive(self) -> tuple[bytes | bytearray, bool]:
        """What has come of the body since the last call, and whether more is to come.

        Raises:
            Refused: 499, the client has left.
        """
        if self._wants_continue and not self._transport.is_closing():
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._wants_continue = False
        self._flow.resume_reading()
        await self.message_event.wait()
        self.message_event.clear()
        if self.disconnected:
            raise Refused(499, "the client has left")
        body, self._body = self._body, b""
        return body, self.more_body

    async def respond(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Sends a whole response, unless the client has left."""
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if not self.disconnected:
            self._write(status, headers, body)

    def _write(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        if CLOSE in headers:
            self.keep_alive = False
        close = [] if self.keep_alive or CLOSE in headers else [CLOSE]
        head = [*self._default_headers, *headers, *close]
        self.response_started = self.response_complete = True
        self._transport.write(response_of(status, head, body, self.method != "HEAD"))
        if not self.keep_alive:
            self._transport.close()
        self._on_response()


def _nothing() -> None:
    pass
