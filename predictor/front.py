"""The HTTP front: bounds and watches every request, and answers predictions (V1 and V2) itself.

Everything else (metadata, metrics, docs) goes on to the SDK's application, whose answers it keeps to one JSON sentence.
Predictions do not go through the SDK because it parses them on the event loop.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from predictor import v1, v2
from predictor.answer import Answer
from predictor.body import read_body, replay
from predictor.errors import Refused
from predictor.exchange import Exchange, Message, Receive, Send
from predictor.model import CatDog
from predictor.request_log import RequestLog
from predictor.stats import Stats

REFUSAL_SECONDS = 0.07  # clients that try again at once would keep the server from its work


class Front:
    """ASGI application around the SDK's."""

    def __init__(self, app: Callable[..., Awaitable[None]], model: CatDog, log: RequestLog):
        self.app, self.model, self.log = app, model, log
        self.limits, self.metrics = model.limits, model.metrics
        self.batcher, self.held = model.batcher, model.batcher.held
        self.headers = model.build.headers
        self.stats = Stats(model.build)
        self.is_draining = False
        self._finished: list[tuple[Exchange, str, float]] = []
        self.routes: dict[str, tuple[str, str, Callable[[Exchange], Awaitable[None]]]] = {
            f"/v1/models/{model.name}:predict": ("POST", "predict", self._predict),
            f"/v2/models/{model.name}/infer": ("POST", "infer", self._infer),
            f"/v1/models/{model.name}": ("GET", "ready", self._ready),
            f"/v2/models/{model.name}/ready": ("GET", "ready", self._ready),
            "/v2/health/ready": ("GET", "ready", self._ready),
            "/stats": ("GET", "stats", self._stats),
        }

    def start_draining(self) -> None:
        """From now on it is not ready, and each response asks its client to close the connection."""
        self.is_draining = True
        self.headers.append((b"connection", b"close"))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send, self.headers)
        method, route, handle = self.routes.get(scope["path"]) or (scope["method"], *self._other(scope["path"]))
        self.metrics.in_flight.inc()
        try:
            if method != scope["method"]:
                raise Refused(405, f"this path takes {method} requests only", [(b"allow", method.encode())])
            await handle(exchange)
        except Refused as refused:
            await self._refuse(exchange, refused)
        except Exception as error:
            exchange.error = repr(error)
            if exchange.status == 0:
                await exchange.send_json(500, {"error": "the server failed; its log says why"})
        finally:
            self.metrics.in_flight.dec()
            self._finish(exchange, route)

    def _finish(self, exchange: Exchange, route: str) -> None:
        """Leaves the bookkeeping to the next turn of the event loop: in this one the response gets sent."""
        if not self._finished:
            asyncio.get_running_loop().call_soon(self._observe)
        self._finished.append((exchange, route, time.perf_counter() - exchange.start))

    def _observe(self) -> None:
        finished, self._finished = self._finished, []
        for exchange, route, seconds in finished:
            self.record(route, exchange.request_id, exchange.status, seconds, exchange.answer, exchange.error)
        self.log.flush()

    def record(
        self, route: str, request_id: str, status: int, seconds: float, answer: Answer | None, error: str | None
    ) -> None:
        """Counts a request, and adds it to the log."""
        if answer:
            self.metrics.observe_answer(answer)
        self.metrics.observe_request(route, status, seconds)
        self.stats.observe(route, status, seconds, answer)
        if route not in ("ready", "metrics"):  # probes and scrapes would drown the rest
            self.log.add(request_id, route, status, seconds, answer, error)

    def _other(self, path: str) -> tuple[str, Callable[[Exchange], Awaitable[None]]]:
        if path.startswith("/v2/repository"):
            return "closed", self._closed
        if path == "/metrics":
            return "metrics", self._pass_on
        return "other", self._pass_on

    async def _predict(self, exchange: Exchange) -> None:
        body = await read_body(exchange.receive, exchange.headers, self.limits, self.held, self.batcher.is_full)
        read = partial(v1.read_images, body, self.limits)
        answer = await self.batcher.answer(read, len(body), lambda: exchange.is_gone)
        exchange.answer = answer
        await exchange.send_json(200, {"predictions": v1.predictions(answer), **self.model.build.fields})

    async def _infer(self, exchange: Exchange) -> None:
        body = await read_body(exchange.receive, exchange.headers, self.limits, self.held, self.batcher.is_full)
        infer = v2.InferExchange(body, exchange.headers.get(v2.JSON_LENGTH), self.limits)
        answer = await self.batcher.answer(infer.read, len(body), lambda: exchange.is_gone)
        exchange.answer = answer
        content, json_length = infer.response(answer, self.model.name, self.model.build, exchange.request_id)
        if json_length is None:
            await exchange.send_body(200, content, b"application/json")
        else:
            length = (v2.JSON_LENGTH, str(json_length).encode())
            await exchange.send_body(200, content, b"application/octet-stream", [length])

    async def _ready(self, exchange: Exchange) -> None:
        ready = self.model.ready and not self.is_draining
        content = {"name": self.model.name, "ready": ready, **self.model.build.fields}
        await exchange.send_json(200 if ready else 503, content)

    async def _stats(self, exchange: Exchange) -> None:
        await exchange.send_json(200, self.stats.summary())

    async def _closed(self, exchange: Exchange) -> None:
        raise Refused(403, "models are not loaded and unloaded over the network here: roll out a commit instead")

    async def _pass_on(self, exchange: Exchange) -> None:
        """Lets the SDK answer; replaces what it says of a failure by one sentence of ours."""
        body = await read_body(exchange.receive, exchange.headers, self.limits, self.held)
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self.app(exchange.scope, replay(body, exchange.receive), hold)
        except Exception:  # other models, model versions, explanations: the SDK raises what its parsing runs into
            raise Refused(404, self._nothing_here) from None
        if held[0]["status"] >= 400:
            allow = [header for header in held[0]["headers"] if header[0] == b"allow"]
            raise Refused(held[0]["status"], self._sentence(held[0]["status"]), allow)
        for message in held:
            await exchange.send(message)

    @property
    def _nothing_here(self) -> str:
        return f"there is nothing here; the model is {self.model.name}, at /v1/models/{self.model.name}:predict"

    def _sentence(self, status: int) -> str:
        """Ours for a refusal by the SDK's routing and validation."""
        if status == 404:
            return self._nothing_here
        if status == 405:
            return "this path does not take requests of this method"
        return "the request is not one that this path takes"

    async def _refuse(self, exchange: Exchange, refused: Refused) -> None:
        if refused.status == 503:
            await asyncio.sleep(REFUSAL_SECONDS)
            refused.headers.append((b"retry-after", b"1"))
        if refused.status in (408, 413):
            refused.headers.append((b"connection", b"close"))
        await exchange.send_error(refused.status, refused.sentence, refused.headers)
