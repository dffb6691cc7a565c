"""The gRPC server: KServe's V2 protocol. The SDK parses messages and calls PhotoModel.predict."""

import time
from collections.abc import Callable
from typing import Any

from grpc import StatusCode, aio
from grpc_interceptor.server import AsyncServerInterceptor
from kserve.errors import InvalidInput, ModelNotFound
from kserve.model_server import args as sdk_args
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension

from predictor.errors import NO_LOADING, SERVER_FAILED, Refused
from predictor.http.description import PLATFORM
from predictor.http.exchange import request_id_of
from predictor.keys import Keys
from predictor.kserve_model import PhotoModel, latest_answer, latest_photos
from predictor.limits import Limits
from predictor.telemetry.clients import client_of
from predictor.telemetry.recorder import Recorder
from predictor.telemetry.request_log import FinishedRequest, trace_of

CODES = {
    400: StatusCode.INVALID_ARGUMENT,
    401: StatusCode.UNAUTHENTICATED,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.NOT_FOUND,
    500: StatusCode.INTERNAL,
    503: StatusCode.UNAVAILABLE,
}


class ClosedRepository(ModelRepositoryExtension):  # type: ignore[misc]  # kserve is published without types
    """Refuses to load and unload models over the network: unloading would take the pod out of service."""

    async def load(self, model_name: str) -> Any:
        raise Refused(403, NO_LOADING)

    async def unload(self, model_name: str) -> Any:
        raise Refused(403, NO_LOADING)


class Servicer(InferenceServicer):  # type: ignore[misc]  # kserve is published without types
    """The SDK's, with PhotoModel's readiness and version; raises Refused (404) for other versions."""

    def __init__(self, dataplane: DataPlane, model: PhotoModel):
        super().__init__(dataplane, ClosedRepository(dataplane.model_registry))
        self.model = model

    async def ServerReady(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ServerReady(request, context)
        response.ready = response.ready and self.model.is_ready
        return response

    async def ModelReady(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ModelReady(request, context)
        self.model.identity.check_version(request.version)
        response.ready = response.ready and self.model.is_ready
        return response

    async def ServerMetadata(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ServerMetadata(request, context)
        response.name, response.version = self.model.name, self.model.identity.revision
        response.ClearField("extensions")  # the SDK's says that models can be loaded
        return response

    async def ModelMetadata(self, request: Any, context: aio.ServicerContext) -> Any:  # noqa: N802
        response = await super().ModelMetadata(request, context)
        self.model.identity.check_version(request.version)
        response.platform = PLATFORM
        response.versions.append(self.model.identity.model_version)
        return response


class Recording(AsyncServerInterceptor):
    """Records each call but probes; answers a failure with one sentence; wants a key, if there are some."""

    def __init__(self, model: PhotoModel, recorder: Recorder, keys: Keys | None):
        self.model, self.recorder, self.keys = model, recorder, keys

    async def intercept(
        self, method: Callable[..., Any], request: Any, context: aio.ServicerContext, method_name: str
    ) -> Any:
        start = time.perf_counter()
        latest_answer.set(None)
        latest_photos.set(None)
        status, error, trace = 200, None, None
        metadata = dict(context.invocation_metadata() or ())
        try:
            if self.keys and method_name.endswith("/ModelInfer"):
                self._check_key(self.keys, metadata)
            with self.recorder.metrics.in_flight.track_inprogress():
                return await method(request, context)
        except Exception as failure:
            status, sentence, error = self._explain(failure)
            trace = trace_of(failure) if status == 500 else None
            await context.abort(CODES[status], sentence)
        finally:
            if not method_name.endswith(("Live", "Ready")):
                request_id, client = (
                    request_id_of(metadata.get("x-request-id")),
                    client_of(str(metadata.get("user-agent", ""))),
                )
                seconds = time.perf_counter() - start
                answer = latest_answer.get()
                self.recorder.record(
                    FinishedRequest(
                        request_id,
                        "grpc",
                        status,
                        seconds,
                        answer,
                        error,
                        trace,
                        client,
                        "POST",
                        method_name,
                        latest_photos.get(),
                    )
                )

    def _check_key(self, keys: Keys, metadata: dict[str, str | bytes]) -> None:
        if refusal := keys.refusal(str(metadata.get("authorization", "")).encode()):
            raise refusal

    def _explain(self, failure: Exception) -> tuple[int, str, str]:
        """Status, sentence for the client, and what the log says."""
        if isinstance(failure, Refused):
            return failure.status, failure.sentence, failure.sentence
        if isinstance(failure, ModelNotFound):
            sentence = f"there is no such model; the model is {self.model.name}"
            return 404, sentence, sentence
        if isinstance(failure, InvalidInput):  # the SDK's reasons repeat what the client sent
            sentence = "the request's inputs and their contents do not fit together"
            return 400, sentence, sentence
        return 500, SERVER_FAILED, repr(failure)


def make_grpc_server(
    dataplane: DataPlane,
    model: PhotoModel,
    recorder: Recorder,
    host: str,
    port: int,
    limits: Limits,
    keys: Keys | None = None,
) -> aio.Server:
    """A server that is not yet started, on all addresses where `host` is empty.

    Calls beyond `max_grpc_calls` at once, and messages beyond `max_body_bytes`, get RESOURCE_EXHAUSTED from the gRPC
    library, before anything here is called: they are in no metric and no log. Call it inside the event loop.
    """
    sizes = {
        "grpc.max_send_message_length": sdk_args.grpc_max_send_message_length,
        "grpc.max_receive_message_length": limits.max_body_bytes,
    }
    # without probes a connection reads ahead 64 KiB; with them, megabytes, which malloc then keeps
    fixed = [("grpc.so_reuseport", 0), ("grpc.http2.bdp_probe", 0)]
    server = aio.server(
        interceptors=[Recording(model, recorder, keys)],
        options=[*sizes.items(), *fixed],
        maximum_concurrent_rpcs=limits.max_grpc_calls,
    )
    add_GRPCInferenceServiceServicer_to_server(Servicer(dataplane, model), server)
    server.add_insecure_port(address_of(host, port))
    return server


def address_of(host: str, port: int) -> str:
    """As the gRPC library writes it; where there is no IPv6 it takes [::] for all addresses of IPv4."""
    return f"[{host or '::'}]:{port}" if ":" in host or not host else f"{host}:{port}"
