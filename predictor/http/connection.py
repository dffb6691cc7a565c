"""One connection of a client: uvicorn's, with bounds on what it keeps before a request is read; uvicorn sets none."""

from typing import TYPE_CHECKING, Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from predictor.errors import OVERLOADED

if TYPE_CHECKING:
    from predictor.http.app import HTTPApp

MOST_HEADERS = 256  # of a request; each takes a hundred bytes more than it has
MOST_PIPELINED = 32  # requests that wait for the response to one before them

NOT_HTTP = "the request is not HTTP/1.1"


class Connection(HttpToolsProtocol):
    """Refuses a head that is too large (431), and what is no HTTP (400), with one sentence; then it closes.

    Requests that came before on the same connection are answered first. The bounds hold for trailers, too.

    Args:
        app: its limits count here, and it records what is refused.
        options: uvicorn's.
    """

    def __init__(self, app: "HTTPApp", **options: Any):
        super().__init__(**options)
        self._http_app, self._most_bytes = app, app.limits.max_head_bytes
        self._head_bytes = 0  # since the last head, piece of a body, or end of a request
        self._is_refused = False
        self._sentence = NOT_HTTP
        self._status = 400

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), self._most_bytes):  # as a rule once: with a larger step a head could hide
            if self._is_refused or self.transport.is_closing():
                return
            cycle: object = self.cycle  # None before the first request, which uvicorn's annotation denies
            if cycle is None and len(self.connections) > self._http_app.limits.max_connections:
                self._refuse(503, OVERLOADED)
                return
            piece = data[start : start + self._most_bytes] if len(data) > self._most_bytes else data
            self._head_bytes += len(piece)
            super().data_received(piece)
            if self._head_bytes > self._most_bytes:
                self._refuse(431, f"the head of the request is larger than the limit of {self._most_bytes:,} bytes")

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            self._fail(400, f"more than {MOST_PIPELINED} requests wait on this connection: wait for responses")
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            self._fail(431, f"the request has more than {MOST_HEADERS} headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn calls it when httptools fails, by itself or because of `_fail`."""
        self._refuse(self._status, self._sentence)

    def _fail(self, status: int, sentence: str) -> None:
        self._status, self._sentence = status, sentence
        raise ValueError(sentence)  # ends httptools' work on this connection

    def _refuse(self, status: int, sentence: str) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy and not self.cycle.more_body:  # an earlier request is being answered
            self.cycle.keep_alive = False
        else:
            if not (is_busy and self.cycle.response_started):
                self.transport.write(self._response(status, sentence))
            self.transport.close()
        self._http_app.record_unreadable(status, sentence)

    def _response(self, status: int, sentence: str) -> bytes:
        body = orjson.dumps({"error": sentence})
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
            *self._http_app.model.identity.headers,
        ]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        return STATUS_LINE[status] + lines + b"\r\n" + body
