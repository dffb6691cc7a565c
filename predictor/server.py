"""Runs HTTP and gRPC side by side until a signal ends them."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvloop
from grpc import aio

from model.contract.errors import Mistake
from predictor.engine.engine import Engine
from predictor.http.server import HTTPServer

GRPC_GRACE_SECONDS = 5  # for calls that are still being answered when the time to drain is over


@dataclass
class PredictorServer:
    """Serves one model over HTTP (V1, V2) and gRPC (V2).

    `make_grpc` is None where gRPC is switched off; it is called inside the event loop, which the gRPC library needs.
    """

    engine: Engine
    http: HTTPServer
    http_port: int
    make_grpc: Callable[[], aio.Server] | None
    grpc_port: int

    def run(self) -> None:
        """Serves until a signal ends it.

        Raises:
            Mistake: a port is taken.
        """
        if self.make_grpc:
            listen(self.grpc_port, "--grpc_port").close()  # the gRPC library's own error is no clear sentence
        with listen(self.http_port, "--http_port") as listener:
            uvloop.run(self._run(listener))

    async def _run(self, listener: socket.socket) -> None:
        grpc = self.make_grpc() if self.make_grpc else None
        self.engine.start()
        if grpc:
            await grpc.start()
        await self.http.serve([listener])
        if grpc:
            await grpc.stop(GRPC_GRACE_SECONDS)
        self.engine.stop()


def listen(port: int, flag: str) -> socket.socket:
    """A socket that listens on all addresses.

    Raises:
        Mistake: the port is taken; the sentence names the flag that chooses another.
    """
    try:
        return socket.create_server(("0.0.0.0", port))  # noqa: S104  (a server in a container)
    except (OSError, OverflowError):
        raise Mistake(f"port {port} is taken or not allowed: choose another with {flag}") from None
