"""Runs HTTP and gRPC side by side until a signal ends them."""

import asyncio
import socket
import sys
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
    ready: str = ""
    """What to say on stderr when it answers, with {url} in it; empty says nothing."""

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
        if self.ready:  # the listener takes connections already, and the model is loaded
            url = url_of(self.host, listener.getsockname()[1])
            print(self.ready.replace("{url}", url), file=sys.stderr, flush=True)
        if grpc:
            ending = asyncio.create_task(self.http.closing.wait())
            await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
            await grpc.stop(GRPC_GRACE_SECONDS)  # while HTTP ends: one after the other would take the sum
        await serving
        self.engine.stop()
        self.http.app.recorder.stop()


def ready_line(name: str, has_page: bool) -> str:
    """What a server says when it answers, with {url} in it."""
    what = "API, and a page for a browser" if has_page else "API"
    return f"{name} answers on {{url}} ({what}); Ctrl-C ends it"


def url_of(host: str, port: int) -> str:
    """Where this machine finds a server that listens on an address, or on all where `host` is empty."""
    name = f"[{host}]" if ":" in host else host or "127.0.0.1"
    return f"http://{name}:{port}"


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
