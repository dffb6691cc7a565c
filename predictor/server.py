"""Runs HTTP and gRPC side by side until a signal ends them."""

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvloop

from model.contract.errors import Mistake
from predictor.engine.engine import Engine
from predictor.http.server import HTTPServer
from predictor.limits import LAST_ANSWER_SECONDS, LAST_BODY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from grpc import aio

GRPC_GRACE_SECONDS = LAST_BODY_SECONDS + LAST_ANSWER_SECONDS  # for calls that came before the end


@dataclass
class PredictorServer:
    """Serves one model over HTTP (V1, V2) and gRPC (V2).

    `host` is the address to listen on, and empty for all. `make_grpc` is None where gRPC is switched off; it is called
    inside the event loop, which the gRPC library needs.
    """

    engine: Engine
    host: str
    http: HTTPServer
    http_port: int
    make_grpc: "Callable[[], aio.Server] | None"
    grpc_port: int

    def run(self) -> None:
        """Serves until a signal ends it.

        Raises:
            Mistake: a port is taken.
        """
        if self.make_grpc:
            listen(self.host, self.grpc_port, "--grpc_port").close()  # the gRPC library has no clear sentence
        with listen(self.host, self.http_port, "--http_port") as listener:
            uvloop.run(self._run(listener))

    async def _run(self, listener: socket.socket) -> None:
        grpc = self.make_grpc() if self.make_grpc else None
        self.engine.start()
        if grpc:
            await grpc.start()
        serving = asyncio.create_task(self.http.serve([listener]))
        if grpc:
            ending = asyncio.create_task(self.http.closing.wait())
            await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
            await grpc.stop(GRPC_GRACE_SECONDS)  # while HTTP ends: one after the other would take the sum
        await serving
        self.engine.stop()
        self.http.app.recorder.stop()


def listen(host: str, port: int, flag: str) -> socket.socket:
    """A socket that listens on one address, or on all of IPv4 and IPv6 where `host` is empty.

    Raises:
        Mistake: the port or address is taken or not of this machine; the sentence names the flag that chooses another.
    """
    is_ipv6 = ":" in host or (not host and socket.has_dualstack_ipv6())
    family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, dualstack_ipv6=is_ipv6 and not host)
    except (OSError, OverflowError):
        where = f"port {port} of {host}" if host else f"port {port}"
        raise Mistake(f"{where} is taken or not allowed: choose another with {flag}") from None
