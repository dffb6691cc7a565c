"""The SDK's server with our fronts before its applications, and an end that loses nothing."""

import asyncio
import logging
import signal
import socket
from types import FrameType
from typing import Any

import uvloop
from kserve import ModelServer
from kserve.model_server import app
from kserve.model_server import args as sdk_args
from kserve.protocol.rest.server import RESTServer
from uvicorn import Server as UvicornServer

from model.contract.errors import Mistake
from predictor.front import Front
from predictor.grpc_front import ClosedRepository, make_grpc_server
from predictor.model import CatDog
from predictor.request_log import RequestLog

GRPC_GRACE_SECONDS = 5  # for calls that are under way when the time to drain is over


class HTTPServer(UvicornServer):
    """On SIGTERM readiness fails at once, requests are answered for `drain_seconds` more, then it closes.

    Meanwhile each response asks its client to close the connection, so that none is open, and none is lost, when the
    server closes. SIGINT (Ctrl-C), or a second signal, closes at once.
    """

    front: Front
    drain_seconds: float
    _silent: dict = {}  # noqa: RUF012  (replaced, never changed)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; now and then closes connections on which no request has come for a whole period."""
        if counter % max(1, round(10 * self.front.limits.body_timeout)) == 0:
            connections: set[Any] = {*self.server_state.connections}
            silent = {each: each.cycle for each in connections if is_silent(each)}
            for connection, cycle in silent.items():
                if connection in self._silent and self._silent[connection] is cycle:
                    connection.transport.close()
            self._silent = silent
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        loop = asyncio.get_running_loop()
        if sig == signal.SIGTERM and not self.front.is_draining:
            self.front.start_draining()
            loop.call_soon_threadsafe(loop.call_later, self.drain_seconds, setattr, self, "should_exit", True)
        else:
            super().handle_exit(sig, frame)
            self._captured_signals.clear()


class Server(ModelServer):
    """Serves one CatDog over HTTP (V1, V2) and gRPC (V2)."""

    def __init__(self, model: CatDog, drain_seconds: float):
        super().__init__(workers=1)
        self.catdog, self.drain_seconds = model, drain_seconds

    def run(self) -> None:
        """Serves until a signal ends it.

        Raises:
            Mistake: a port is taken.
        """
        self.register_model(self.catdog)
        if self.enable_grpc:
            listen(self.grpc_port, "--grpc_port").close()  # what gRPC says of a port that is taken is no sentence
        with listen(self.http_port, "--http_port") as listener:
            uvloop.run(self._run(listener))

    async def _run(self, listener: socket.socket) -> None:
        rest = RESTServer("kserve.model_server:app", self.dataplane, ClosedRepository(self.registered_models), 0)
        rest._register_endpoints(app)  # but not its exception handlers, which log and show stack traces: see Front
        app.router.redirect_slashes = False
        front = Front(app, self.catdog, RequestLog(self.catdog.build))
        config = rest.config
        config.app, config.timeout_keep_alive, config.ws = front, self.timeout_keep_alive, "none"
        config.proxy_headers = False  # nothing here asks who the client is
        logging.getLogger("uvicorn.access").handlers.clear()  # RequestLog says more
        http = HTTPServer(config)
        http.front, http.drain_seconds = front, self.drain_seconds
        grpc = make_grpc_server(self.dataplane, front, self.grpc_port, vars(sdk_args)) if self.enable_grpc else None
        self.catdog.batcher.start()
        if grpc:
            await grpc.start()
        await http.serve([listener])
        if grpc:
            await grpc.stop(GRPC_GRACE_SECONDS)
        self.catdog.batcher.stop()


def is_silent(connection: Any) -> bool:
    """Whether it never sent anything, or only a part of a request's head; uvicorn itself waits for those for ever."""
    is_idle = connection.cycle is None or connection.cycle.response_complete
    return is_idle and connection.timeout_keep_alive_task is None


def listen(port: int, flag: str) -> socket.socket:
    """A socket that listens on all addresses.

    Raises:
        Mistake: the port is taken.
    """
    try:
        return socket.create_server(("0.0.0.0", port))  # noqa: S104  (a server in a container)
    except (OSError, OverflowError):
        raise Mistake(f"port {port} is taken or not allowed: choose another with {flag}") from None
