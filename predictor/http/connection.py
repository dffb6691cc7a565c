"""One connection of a client: uvicorn's, with bounds on what it keeps before a request is read; uvicorn sets none."""

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httptools
import orjson
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from predictor.errors import OVERLOADED
from predictor.http.cycle import CLOSE, JSON, Cycle, response_of
from predictor.http.turns import Turns

if TYPE_CHECKING:
    from predictor.http.app import HTTPApp

MOST_HEADERS = 128  # of a request; each takes a hundred bytes more than it has
END_OF_HEAD = b"\r\n\r\n"

NOT_HTTP = "the request is not HTTP/1.1"


class Connection(HttpToolsProtocol):
    """Refuses a head that is too large (431), and what is no HTTP (400), with one sentence; then it closes.

    The bounds hold for trailers, too. Requests are parsed one by one: what comes behind a request that is not yet
    answered is kept unparsed, because a parsed head takes many times its bytes.

    Args:
        app: its limits count here, and it records what is refused.
        turns: where connections wait to parse what they kept.
        options: uvicorn's.
    """

    def __init__(self, app: "HTTPApp", turns: Turns, **options: Any):
        super().__init__(**options)
        self._http_app, self._turns, self._most_bytes = app, turns, app.limits.max_head_bytes
        self._head_bytes = 0  # since the last head, piece of a body, or end of a request
        self._length = self._body_left = 0  # of a body: what its head says, and what is still to come
        self._kept = b""  # what came behind a request that is not yet answered
        self._is_refused = False
        self._sentence = NOT_HTTP
        self._status = 400

    def data_received(self, data: bytes) -> None:
        cycle: object = self.cycle  # None before the first request, which uvicorn's annotation denies
        if self._is_refused or self.transport.is_closing():
            return
        if cycle is None and len(self.connections) > self._http_app.limits.max_connections:
            self._refuse(503, OVERLOADED)
        elif self._kept or self._waits_for_response:
            self._keep(self._kept + data)
        else:
            self._parse(data)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._kept:
            self._turns.add(self._parse_kept)

    def connection_lost(self, exc: Exception | None) -> None:
        self._kept = b""
        super().connection_lost(exc)

    @property
    def _waits_for_response(self) -> bool:
        """Whether a request is whole, and its response is not."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def _keep(self, data: bytes) -> None:
        self._kept = data
        if len(data) > self._most_bytes:
            self._kept = b""
            self._refuse(400, f"more than {self._most_bytes:,} bytes came behind a request: wait for its response")

    def _parse_kept(self) -> None:
        if not (self._is_refused or self._waits_for_response or self.transport.is_closing()):
            data, self._kept = self._kept, b""
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        """Parses up to the end of a request, and keeps the rest until that is answered."""
        view, start = memoryview(data), 0
        while start < len(data) and not (self._is_refused or self.transport.is_closing()):
            if self._waits_for_response:
                self._keep(data[start:])
                return
            end = start + self._feed(view[start : self._end_of_piece(data, start)])
            if self._head_bytes > self._most_bytes:
                self._refuse(431, f"the head of the request is larger than the limit of {self._most_bytes:,} bytes")
            start = end

    def _feed(self, piece: memoryview) -> int:
        """Lets httptools parse a piece, and gives how many bytes of it were parsed."""
        self._head_bytes += len(piece)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:  # httptools takes the body for another protocol's bytes
            self._ignore_upgrade()
            parsed: int = upgrade.args[0]
            return parsed
        except httptools.HttpParserError:
            self._refuse(self._status, self._sentence)
        return len(piece)

    @property
    def _offers_upgrade(self) -> bool:
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _ignore_upgrade(self) -> None:
        """Parses the head again, without the offer: a server may ignore it (RFC 9110, section 7.8)."""
        if not self._offers_upgrade:
            return
        start = b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(b"".join([start, *lines, b"\r\n"]))

    def _end_of_piece(self, data: bytes, start: int) -> int:
        """Where the body ends, or else the next head or chunk: no piece has the end of one request and two more heads.

        A piece larger than the bound on heads could hide one.
        """
        if self._body_left:
            return min(len(data), start + self._body_left)
        found = data.find(END_OF_HEAD, start, start + self._most_bytes)
        return found + len(END_OF_HEAD) if found >= 0 else min(len(data), start + self._most_bytes)

    def on_message_begin(self) -> None:
        if self.pipeline:  # heads that end otherwise than most do
            self._fail(400, "more than one request waits on this connection: wait for responses")
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            self._fail(431, f"the request has more than {MOST_HEADERS} headers")
        super().on_header(name, value)
        if self.headers[-1][0] == b"content-length":
            self._length = int(value)

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        if self._offers_upgrade:
            return
        self._body_left, self._length = self._length, 0
        earlier: Any = self.cycle
        cycle: Any = self._new_cycle()
        self.cycle = cycle
        if earlier is None or earlier.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _new_cycle(self) -> Cycle:
        path = httptools.parse_url(self.url).path.decode("ascii")
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        return Cycle(self, self.parser.get_method().decode("ascii"), unquote(path), keep_alive)

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        self._body_left = max(0, self._body_left - len(body))
        cycle: Any = self.cycle
        if not cycle.response_complete and cycle.add(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        self._head_bytes = self._length = self._body_left = 0
        if not self._offers_upgrade:
            super().on_message_complete()

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
        retry_after = [(b"retry-after", b"1")] if status == 503 else []
        headers = [*self.server_state.default_headers, JSON, CLOSE, *self._http_app.model.identity.headers]
        return response_of(status, [*headers, *retry_after], orjson.dumps({"error": sentence}))
