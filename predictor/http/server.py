"""The HTTP server: uvicorn, with which ends without losing a request and closes silent connections."""

import asyncio
import signal
from types import FrameType
from typing import Any

from uvicorn import Config, Server

from predictor.http.app import HTTPApp

TICKS_PER_SECOND = 10  # of uvicorn
GRACE_SECONDS = 30  # for requests that are still being answered when the time to drain is over


class HTTPServer(Server):
    """On SIGTERM readiness fails at once, requests are answered for `drain_seconds` more, then it closes.

    Meanwhile each response asks its client to close the connection, so that no connection is open, and no request is
    lost, when the server closes. SIGINT (Ctrl-C), or a second signal, closes at once.

    Args:
        app: answers the requests.
        keep_alive_seconds: how long a connection may be idle between requests.
        drain_seconds: see above.
    """

    def __init__(self, app: HTTPApp, keep_alive_seconds: int, drain_seconds: float):
        config = Config(
            app,
            log_config=None,  # the SDK has configured logging
            access_log=False,  # the request log says more
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=keep_alive_seconds,
            ws="none",
            proxy_headers=False,  # nothing here needs the client's address
        )
        super().__init__(config)
        self.app, self.drain_seconds = app, drain_seconds
        self._silent: dict[Any, object] = {}  # connections, and their request cycles, as they were at the last check

    async def on_tick(self, counter: int) -> bool:
        """Closes, once a `body_timeout`, the connections that were silent at the last check and still are."""
        if counter % max(1, round(TICKS_PER_SECOND * self.app.limits.body_timeout)) == 0:
            connections: set[Any] = {*self.server_state.connections}
            silent = {each: each.cycle for each in connections if is_silent(each)}
            for connection, cycle in silent.items():
                if connection in self._silent and self._silent[connection] is cycle:
                    connection.transport.close()
            self._silent = silent
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        loop = asyncio.get_running_loop()
        if sig == signal.SIGTERM and not self.app.model.is_draining:
            self.app.start_draining()
            loop.call_soon_threadsafe(loop.call_later, self.drain_seconds, setattr, self, "should_exit", True)
        else:
            super().handle_exit(sig, frame)
            self._captured_signals.clear()


def is_silent(connection: Any) -> bool:
    """Whether a connection of uvicorn sent nothing yet, or only a part of a request's head: uvicorn sets no timeout."""
    is_idle = connection.cycle is None or connection.cycle.response_complete
    return is_idle and connection.timeout_keep_alive_task is None
