"""The gRPC front: KServe's V2 protocol, watched and answered as the HTTP front does it."""

import time
from collections.abc import Callable
from typing import Any

from grpc import StatusCode, aio
from grpc_interceptor.server import AsyncServerInterceptor
from kserve.errors import InvalidInput, ModelNotFound
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension

from predictor.errors import Refused
from predictor.exchange import request_id_of
from predictor.front import Front
from predictor.model import newest_answer

CODES = {
    400: StatusCode.INVALID_ARGUMENT,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.NOT_FOUND,
    500: StatusCode.INTERNAL,
    503: StatusCode.UNAVAILABLE,
}


class ClosedRepository(ModelRepositoryExtension):
    """Nobody loads or unloads models over the network: unloading would take the pod out of service."""

    async def load(self, model_name: str) -> None:
        raise Refused(403, "models are not loaded over the network here: roll out a commit instead")

    async def unload(self, model_name: str) -> None:
        raise Refused(403, "models are not unloaded over the network here: roll out a commit instead")


class Servicer(InferenceServicer):
    """Is ready when the HTTP front is: not while it drains."""

    def __init__(self, front: Front, dataplane: DataPlane):
        super().__init__(dataplane, ClosedRepository(dataplane.model_registry))
        self.front = front

    async def ServerReady(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ServerReady(request, context)
        response.ready = response.ready and not self.front.is_draining
        return response

    async def ModelReady(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ModelReady(request, context)
        response.ready = response.ready and not self.front.is_draining
        return response


class Watch(AsyncServerInterceptor):
    """Counts and logs each call; a failure is answered with one sentence."""

    def __init__(self, front: Front):
        self.front = front

    async def intercept(self, method: Callable, request: Any, context: aio.ServicerContext, method_name: str) -> Any:
        start = time.perf_counter()
        newest_answer.set(None)
        status, error = 200, None
        try:
            with self.front.metrics.in_flight.track_inprogress():
                return await method(request, context)
        except Exception as failure:
            status, sentence, error = self._explain(failure)
            await context.abort(CODES[status], sentence)
        finally:
            if not method_name.endswith(("Live", "Ready")):
                given = dict(context.invocation_metadata() or ()).get("x-request-id")
                seconds = time.perf_counter() - start
                self.front.record("grpc", request_id_of(given), status, seconds, newest_answer.get(), error)
                self.front.log.flush()

    def _explain(self, failure: Exception) -> tuple[int, str, str]:
        """Status, sentence for the client, and what the log says."""
        if isinstance(failure, Refused):
            return failure.status, failure.sentence, failure.sentence
        if isinstance(failure, ModelNotFound):
            sentence = f"there is no such model; the model is {self.front.model.name}"
            return 404, sentence, sentence
        if isinstance(failure, InvalidInput):  # the SDK's reasons repeat what the client sent
            sentence = "the request's inputs and their contents do not fit together"
            return 400, sentence, sentence
        return 500, "the server failed; its log says why", repr(failure)


def make_grpc_server(dataplane: DataPlane, front: Front, port: int, flags: dict) -> aio.Server:
    """A server that is not yet started."""
    options = [
        (f"grpc.{name}", flags[f"grpc_{name}"]) for name in ("max_send_message_length", "max_receive_message_length")
    ]
    server = aio.server(interceptors=[Watch(front)], options=[*options, ("grpc.so_reuseport", 0)])
    add_GRPCInferenceServiceServicer_to_server(Servicer(front, dataplane), server)
    server.add_insecure_port(f"[::]:{port}")
    return server
