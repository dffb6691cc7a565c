"""The SDK's server with our front before its application, and an end that loses nothing."""

import asyncio
import logging
import signal
from types import FrameType

import uvloop
from kserve import ModelServer
from kserve.errors import InvalidInput
from kserve.model_server import app
from kserve.model_server import args as sdk_args
from kserve.protocol.grpc.server import GRPCServer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer
from uvicorn import Server as UvicornServer

from predictor.front import Front
from predictor.model import CatDog
from predictor.request_log import RequestLog


class ClosedRepository(ModelRepositoryExtension):
    """Nobody loads or unloads models over the network: unloading would take the pod out of service."""

    async def load(self, model_name: str) -> None:
        raise InvalidInput("models are not loaded over the network here")

    async def unload(self, model_name: str) -> None:
        raise InvalidInput("models are not unloaded over the network here")


class HTTPServer(UvicornServer):
    """On SIGTERM readiness fails at once, requests are answered for `drain_seconds` more, then it closes.

    Meanwhile each response asks its client to close the connection, so that none is open, and none is lost, when the
    server closes. SIGINT (Ctrl-C), or a second signal, closes at once.
    """

    front: Front
    drain_seconds: float

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        loop = asyncio.get_running_loop()
        if sig == signal.SIGTERM and not self.front.is_draining:
            self.front.is_draining = True
            loop.call_soon_threadsafe(loop.call_later, self.drain_seconds, setattr, self, "should_exit", True)
        else:
            super().handle_exit(sig, frame)
            self._captured_signals.clear()


class Server(ModelServer):
    """Serves one CatDog over HTTP (V1, V2) and gRPC (V2)."""

    def __init__(self, model: CatDog, drain_seconds: float):
        super().__init__(workers=1)
        self.catdog, self.drain_seconds = model, drain_seconds
        self.repository = ClosedRepository(self.registered_models)

    def run(self) -> None:
        """Serves until a signal ends it."""
        self.register_model(self.catdog)
        uvloop.run(self._run())

    async def _run(self) -> None:
        rest = RESTServer("kserve.model_server:app", self.dataplane, self.repository, self.http_port)
        rest._register_endpoints(app)  # but not its exception handlers, which log and show stack traces: see Front
        front = Front(app, self.catdog, RequestLog(self.catdog.build))
        config = rest.config
        config.app, config.timeout_keep_alive = front, self.timeout_keep_alive
        logging.getLogger("uvicorn.access").handlers.clear()  # RequestLog says more
        http = HTTPServer(config)
        http.front, http.drain_seconds = front, self.drain_seconds
        self.catdog.batcher.start()
        grpc = GRPCServer(self.grpc_port, self.dataplane, self.repository, kwargs=vars(sdk_args))
        grpc_task = asyncio.create_task(grpc.start(self.max_threads)) if self.enable_grpc else None
        await http.serve()
        if grpc_task:
            await grpc.stop()
            await grpc_task
        self.catdog.batcher.stop()
