"""The HTTP server: uvicorn, with an end that loses no request, and bounds on connections."""

import asyncio
import signal
import socket
from functools import partial
from types import FrameType
from typing import Any, cast

from uvicorn import Config, Server

from predictor.http.app import HTTPApp
from predictor.http.connection import Connection
from predictor.http.listener import end_listening
from predictor.http.turns import Turns
from predictor.limits import CLOSING_SECONDS, LAST_ANSWER_SECONDS, LAST_BODY_SECONDS

TICKS_PER_SECOND = 10  # of uvicorn


class HTTPServer(Server):
    """On SIGTERM readiness fails at once, requests are answered for `drain_seconds` more, then it closes.

    Meanwhile each response asks its client to close the connection. Then it listens no more; connections that were
    accepted have CLOSING_SECONDS to send a request, which is answered, and bodies LAST_BODY_SECONDS to arrive.
    SIGINT (Ctrl-C), or a second signal, closes at once.

    Args:
        app: answers the requests; its limits count.
        keep_alive_seconds: how long a connection may be idle between requests.
    """

    def __init__(self, app: HTTPApp, keep_alive_seconds: int):
        config = Config(
            cast("Any", app),
            interface="asgi3",  # an application is called as it is; with our connections it is no ASGI
            http=cast("Any", partial(Connection, app, Turns())),
            log_config=None,  # the SDK has configured logging
            access_log=False,  # the request log says more
            timeout_graceful_shutdown=round(LAST_BODY_SECONDS + LAST_ANSWER_SECONDS),
            timeout_keep_alive=keep_alive_seconds,
            ws="none",
            lifespan="off",
            proxy_headers=False,  # nothing here needs the client's address
        )
        super().__init__(config)
        self.app = app
        self.closing = asyncio.Event()  # set when the time to drain is over, or when there is none
        self._listeners: list[socket.socket] = []
        self._end: asyncio.Task[None] | None = None
        self._silent: dict[Any, object] = {}  # connections, and their request cycles, as they were at the last check

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._listeners = sockets or []
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Closes, once a `body_timeout`, the connections that were silent at the last check and still are."""
        if counter % max(1, round(TICKS_PER_SECOND * self.app.limits.body_timeout)) == 0:
            connections: set[Any] = {*self.server_state.connections}
            silent = {each: each.cycle for each in connections if is_silent(each)}
            for connection, cycle in silent.items():
                if connection in self._silent and self._silent[connection] is cycle:
                    connection.transport.close()
            self._silent = silent
        is_over = await super().on_tick(counter)
        if is_over:
            self.closing.set()
        return is_over

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and not self.app.model.is_draining:
            self.app.start_draining()
            asyncio.get_running_loop().call_soon_threadsafe(self._begin_end)
        else:
            super().handle_exit(sig, frame)
            self._captured_signals.clear()

    def _begin_end(self) -> None:
        self._end = asyncio.create_task(self._close())

    async def _close(self) -> None:
        try:
            await asyncio.sleep(self.app.limits.drain_seconds)
            if self.should_exit:  # a second signal has closed the listeners
                return
            self.closing.set()
            connections = [each for listener in self._listeners for each in end_listening(listener)]
            for server in self.servers:
                server.close()
            await self._serve_last(connections)
            self.app.bodies.hurry(LAST_BODY_SECONDS)
            await self._wait_for_requests()
        finally:
            self.should_exit = True  # whatever happened: a process that does not end is killed

    async def _wait_for_requests(self) -> None:
        """Waits up to CLOSING_SECONDS, until each connection has sent a request."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CLOSING_SECONDS
        is_quiet = False  # at the last tick: the event loop may still have to call what was accepted just before
        while loop.time() < deadline:
            was_quiet, is_quiet = is_quiet, not any(is_idle(each) for each in self.server_state.connections)
            if was_quiet and is_quiet:
                return
            await asyncio.sleep(1 / TICKS_PER_SECOND)

    async def _serve_last(self, connections: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        make = partial(
            cast("Any", self.config.http_protocol_class),
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        for connection in connections:
            connection.setblocking(False)
            await loop.connect_accepted_socket(make, connection)


def is_idle(connection: Any) -> bool:
    """Whether no request is being read or answered on a connection of uvicorn."""
    return connection.cycle is None or connection.cycle.response_complete


def is_silent(connection: Any) -> bool:
    """Whether a connection of uvicorn sent nothing yet, or only a part of a request's head: uvicorn sets no timeout."""
    return is_idle(connection) and connection.timeout_keep_alive_task is None
