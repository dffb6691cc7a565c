"""The HTTP front: bounds and watches every request, and answers V1 itself.

Everything else (V2, metrics, docs) goes on to the SDK's application, whose answers it keeps to one JSON sentence.
V1 does not go through the SDK because the SDK parses and predicts on the event loop.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

import orjson
from kserve.errors import InvalidInput, ModelNotFound, ServerNotReady

from predictor import v1
from predictor.answer import Answer
from predictor.body import read_body, replay
from predictor.engine import OVERLOADED
from predictor.errors import Refused
from predictor.model import CatDog
from predictor.request_log import RequestLog
from predictor.stats import Stats

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REFUSAL_SECONDS = 0.25  # clients that try again at once would keep the server from its work


class Exchange:
    """One request and its response."""

    def __init__(self, front: "Front", scope: Message, receive: Receive, send: Send):
        self.front, self.scope, self.receive, self._send = front, scope, receive, send
        self.start = time.perf_counter()
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = _request_id(self.headers.get(b"x-request-id"))
        self.status = 0
        self.answer: Answer | None = None
        self.error: str | None = None

    async def send_json(self, status: int, content: dict, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        """Sends a whole response."""
        body = orjson.dumps(content)
        length = (b"content-length", str(len(body)).encode())
        head = [(b"content-type", b"application/json"), length, *(headers or [])]
        await self.send({"type": "http.response.start", "status": status, "headers": head})
        await self.send({"type": "http.response.body", "body": body})

    async def send_error(self, status: int, sentence: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        """Sends {"error": sentence}."""
        self.error = sentence
        await self.send_json(status, {"error": sentence}, headers)

    async def send(self, message: Message) -> None:
        """Passes a message on, with the headers that every response has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [*self.front.headers, (b"x-request-id", self.request_id.encode())]
            if self.front.is_draining:
                own.append((b"connection", b"close"))
            message = {**message, "headers": [*message["headers"], *own]}
        await self._send(message)

    @property
    def is_gone(self) -> bool:
        """Whether the client has left, as far as uvicorn lets us see."""
        return getattr(getattr(self.receive, "__self__", None), "disconnected", False)


def _request_id(given: bytes | None) -> str:
    text = given.decode("latin-1") if given else ""
    return text if 0 < len(text) <= 128 and text.isascii() and text.isprintable() else uuid.uuid4().hex


class Front:
    """ASGI application around the SDK's."""

    def __init__(self, app: Callable[..., Awaitable[None]], model: CatDog, log: RequestLog):
        self.app, self.model, self.log = app, model, log
        self.limits, self.metrics = model.limits, model.metrics
        self.headers = model.build.headers
        self.stats = Stats(model.build)
        self.is_draining = False
        self._finished: list[tuple[Exchange, str, float]] = []
        self.routes: dict[str, tuple[str, str, Callable[[Exchange], Awaitable[None]]]] = {
            f"/v1/models/{model.name}:predict": ("POST", "predict", self._predict),
            f"/v1/models/{model.name}": ("GET", "ready", self._ready),
            f"/v2/models/{model.name}/ready": ("GET", "ready", self._ready),
            "/v2/health/ready": ("GET", "ready", self._ready),
            "/stats": ("GET", "stats", self._stats),
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(self, scope, receive, send)
        method, route, handle = self.routes.get(scope["path"]) or (scope["method"], *self._other(scope["path"]))
        self.metrics.in_flight.inc()
        try:
            if method != scope["method"]:
                raise Refused(405, f"this path takes {method} requests only")
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
            if exchange.answer:
                self.metrics.observe_answer(exchange.answer)
            self.metrics.observe_request(route, exchange.status, seconds)
            self.stats.observe(route, exchange.status, seconds, exchange.answer)
            if route not in ("ready", "metrics"):  # probes and scrapes would drown the rest
                self.log.add(exchange.request_id, route, exchange.status, seconds, exchange.answer, exchange.error)
        self.log.flush()

    def _other(self, path: str) -> tuple[str, Callable[[Exchange], Awaitable[None]]]:
        if path.startswith("/v2/repository"):
            return "closed", self._closed
        if path == "/metrics":
            return "metrics", self._pass_on
        return ("infer" if path.endswith("/infer") else "other"), self._pass_on

    async def _predict(self, exchange: Exchange) -> None:
        body = await read_body(exchange.receive, exchange.headers, self.limits, self.model.batcher.is_full)
        read = partial(v1.read_images, body, self.limits)
        answer = await self.model.batcher.answer(read, len(body), lambda: exchange.is_gone)
        exchange.answer = answer
        await exchange.send_json(200, {"predictions": v1.predictions(answer), **self.model.build.fields})

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
        body = await read_body(exchange.receive, exchange.headers, self.limits, is_full=False)
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self.app(exchange.scope, replay(body, exchange.receive), hold)
        except InvalidInput as error:
            raise Refused(400, error.reason) from None
        except ServerNotReady:
            raise Refused(503, OVERLOADED) from None
        except ModelNotFound:
            raise Refused(404, self._nothing_here) from None
        except Exception as error:  # the SDK chokes on malformed V2 requests before they reach the model
            raise Refused(400, f"the request is not one of the V2 protocol ({type(error).__name__})") from None
        if held[0]["status"] >= 400:
            raise Refused(held[0]["status"], self._sentence(held[0]["status"]))
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
        return "the request is not one of the V2 protocol"

    async def _refuse(self, exchange: Exchange, refused: Refused) -> None:
        if refused.status == 503:
            await asyncio.sleep(REFUSAL_SECONDS)
        headers = [(b"retry-after", b"1")] if refused.status == 503 else []
        if refused.status in (408, 413):
            headers.append((b"connection", b"close"))
        await exchange.send_error(refused.status, refused.sentence, headers)
