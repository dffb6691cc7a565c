"""KServe's own HTTP application: metadata, metrics and docs, and what it must not do here."""

from typing import Any

from kserve import metrics as sdk_metrics
from kserve.model_server import app
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer
from prometheus_client import REGISTRY, exposition

from predictor.engine.admission import Reservation
from predictor.errors import NO_LOADING, Refused
from predictor.http.body import Bodies, replay
from predictor.http.exchange import Application, Exchange, Message

# what KServe's application answers here; beside the description of the model
PATHS = ("/", "/metrics", "/v1/models", "/v2", "/v2/health/live", "/v2/models", "/docs", "/openapi.json")


class ClosedRepository(ModelRepositoryExtension):  # type: ignore[misc]  # kserve is published without types
    """Refuses to load and unload models over the network: unloading would take the pod out of service."""

    async def load(self, model_name: str) -> Any:
        raise Refused(403, NO_LOADING)

    async def unload(self, model_name: str) -> Any:
        raise Refused(403, NO_LOADING)


def sdk_application(dataplane: DataPlane) -> Application:
    """KServe's routes, without its exception handlers, which log and show stack traces."""
    RESTServer("kserve.model_server:app", dataplane, ClosedRepository(dataplane.model_registry), 0)._register_endpoints(
        app
    )
    app.router.redirect_slashes = False
    application: Application = app
    return application


def drop_sdk_metrics() -> None:
    """The SDK times the steps of gRPC requests alone; our metrics have those times, of all requests. Call it once."""
    for name in ("PRE_HIST_TIME", "POST_HIST_TIME", "PREDICT_HIST_TIME", "EXPLAIN_HIST_TIME"):
        REGISTRY.unregister(getattr(sdk_metrics, name))


def with_clear_accept(scope: Message) -> Message:
    """The scope without Accept headers that the metrics' library cannot read: it would raise an error of its own."""
    for name, value in scope["headers"]:
        if name == b"accept":
            try:
                exposition.choose_encoder(value.decode("ascii"))
            except (TypeError, ValueError):
                return {**scope, "headers": [header for header in scope["headers"] if header[0] != b"accept"]}
    return scope


class SDKRoutes:
    """Lets KServe's application answer; replaces its error responses by one sentence.

    Args:
        application: KServe's.
        model_name: the sentence for an unknown path says where the model is.
        bodies: reads the requests' bodies.
    """

    def __init__(self, application: Application, model_name: str, bodies: Bodies):
        self.application, self._bodies = application, bodies
        self.paths = {*PATHS, f"/v2/models/{model_name}"}
        self._not_found = f"there is nothing here; the model is {model_name}, at /v1/models/{model_name}:predict"

    async def answer(self, exchange: Exchange, reservation: Reservation) -> None:
        """Sends KServe's response once it is whole.

        Raises:
            Refused: there is no such path, or KServe's response is an error that the client can mend.
            Exception: KServe's application failed.
        """
        body = await self._bodies.read(exchange.receive, exchange.headers, reservation)
        if exchange.scope["path"] not in self.paths:  # of other models and versions its application raises errors
            raise Refused(404, self._not_found)
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.application(with_clear_accept(exchange.scope), replay(body, exchange.receive), collect)
        status = messages[0]["status"]
        if status >= 500:
            raise RuntimeError(f"KServe's application answered with status {status}")
        if status >= 400:
            allow = [header for header in messages[0]["headers"] if header[0] == b"allow"]
            raise Refused(status, self._sentence(status), allow)
        for message in messages:
            await exchange.send(message)

    def _sentence(self, status: int) -> str:
        if status == 404:
            return self._not_found
        if status == 405:
            return "this path does not take requests of this method"
        return "the request is not one that this path takes"
