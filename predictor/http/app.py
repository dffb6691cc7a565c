"""The HTTP application: routes each request, and answers it.

Nothing goes through KServe's own application: it parses predictions on the event loop, and describes another server.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from predictor.engine.admission import Admission
from predictor.engine.engine import Engine
from predictor.errors import NO_LOADING, OVERLOADED, SERVER_FAILED, Refused
from predictor.http.access import Handler, with_key
from predictor.http.body import Bodies
from predictor.http.cycle import Cycle
from predictor.http.exchange import Exchange, request_id_of
from predictor.http.page import Page, metrics_page
from predictor.http.try_page.build import TwoPages
from predictor.identity import Identity
from predictor.keys import Keys
from predictor.kserve_model import PhotoModel
from predictor.limits import Limits
from predictor.protocols.photo_body import v1_protocol
from predictor.protocols.protocol import HTTPProtocol, HTTPRequest
from predictor.protocols.v2 import V2
from predictor.telemetry.recorder import Recorder
from predictor.telemetry.request_log import FinishedRequest, trace_of

SMALL_BYTES = 256 * 2**10  # of a body; most photos that are made smaller for the web fit
REFUSAL_SECONDS = 0.07  # clients that try again at once would take the server's time

METHODS = {"GET": ("GET", "HEAD"), "POST": ("POST",)}  # uvicorn leaves the body of an answer to HEAD out


class HTTPApp:
    """Routes a request, handles or refuses it, and records it.

    Args:
        model: its identity, and whether it is ready.
        limits: bounds of each request.
        admission: whether a request may enter.
        engine: answers predictions.
        pages: what GET answers with, by path.
        bodies: reads the requests' bodies.
        recorder: takes each request that is over.
        keys: one of them is asked for with each prediction; None: anybody may ask.
    """

    def __init__(
        self,
        model: PhotoModel,
        limits: Limits,
        admission: Admission,
        engine: Engine,
        pages: Mapping[str, Page | TwoPages],
        bodies: Bodies,
        recorder: Recorder,
        keys: Keys | None = None,
    ):
        self.model, self.limits, self.admission, self.engine = model, limits, admission, engine
        self.bodies, self.recorder = bodies, recorder
        self._common_headers = model.identity.headers
        name, version = model.name, f"/v2/models/{model.name}/versions/{model.identity.model_version}"
        v1, v2 = (with_key(self._answer_in(each), keys, admission, bodies) for each in (v1_protocol, V2))
        infer, ready = ("POST", "infer", v2), ("GET", "ready", self._ready)
        self.routes: dict[str, tuple[str, str, Handler]] = {  # path: method, name in metrics and log, handler
            f"/v1/models/{name}:predict": ("POST", "predict", v1),
            f"/v2/models/{name}/infer": infer,
            f"{version}/infer": infer,
            f"/v1/models/{name}": ready,
            f"/v2/models/{name}/ready": ready,
            f"{version}/ready": ready,
            "/v2/health/ready": ready,
            "/stats": ("GET", "stats", self._stats),
            "/metrics": ("GET", "metrics", self._with_body_discarded(self._metrics)),
            **{path: ("GET", "other", self._with_body_discarded(page.send)) for path, page in pages.items()},
        }

    def start_draining(self) -> None:
        """From now on the model is not ready, and each response asks its client to close the connection."""
        self.model.is_draining = True
        self._common_headers.append((b"connection", b"close"))

    async def __call__(self, cycle: Cycle) -> None:
        exchange = Exchange(cycle, self._common_headers)
        method, route, handle = self.routes.get(cycle.path) or (None, *self._other(cycle.path))
        self.recorder.metrics.in_flight.inc()
        try:
            allowed = METHODS[method] if method else (cycle.method,)
            if cycle.method not in allowed:
                allow = (b"allow", ", ".join(allowed).encode())
                raise Refused(405, f"this path takes {allowed[0]} requests only", [allow])
            await handle(exchange)
        except Refused as refused:
            await _refuse(exchange, refused)
        except Exception as error:
            trace = trace_of(error)
            if exchange.status == 0:
                await exchange.send_json(500, {"error": SERVER_FAILED})
            exchange.error, exchange.trace = repr(error), trace  # for the log only
        finally:
            self.recorder.metrics.in_flight.dec()
            self._record(exchange, route)

    def _record(self, exchange: Exchange, route: str) -> None:
        seconds, path = time.perf_counter() - exchange.start, exchange.cycle.path
        self.recorder.record(
            FinishedRequest(
                exchange.request_id,
                route,
                exchange.status,
                seconds,
                exchange.answer,
                exchange.error,
                exchange.trace,
                exchange.client,
                exchange.cycle.method,
                path if path in self.routes else None,
                exchange.photos,
            )
        )

    def record_unreadable(self, status: int, sentence: str) -> None:
        """Records a request that was refused before its head was read."""
        self.recorder.record(FinishedRequest(request_id_of(None), "unreadable", status, 0, error=sentence))

    def _other(self, path: str) -> tuple[str, Handler]:
        """Name and handler of a path that has no route of its own."""
        if path.startswith("/v2/repository"):
            return "closed", _refuse_loading
        return "other", self._with_body_discarded(self._not_found)

    def _answer_in(self, protocol_of: Callable[[HTTPRequest, Identity, Limits], HTTPProtocol]) -> Handler:
        """A handler that answers predictions in the protocol that a request is given."""

        async def answer(exchange: Exchange) -> None:
            with self.admission.reserve() as reservation:
                refusal = Refused(503, OVERLOADED) if reservation.is_full else None
                body = await self.bodies.read(exchange.cycle, exchange.headers, reservation, refusal)
                reservation.admit()
                request = HTTPRequest(body, exchange.headers, exchange.request_id)
                protocol = protocol_of(request, self.model.identity, self.limits)
                is_small = len(body) <= SMALL_BYTES and b"content-encoding" not in exchange.headers
                connection = exchange.cycle.client if is_small else None
                exchange.answer = await self.engine.answer(protocol.decode, lambda: exchange.is_gone, connection)
                exchange.photos = protocol
            response = protocol.encode(exchange.answer)
            headers = (*response.headers, (b"server-timing", exchange.answer.server_timing))
            await exchange.send_body(200, response.body, response.content_type, headers)

        return answer

    async def _ready(self, exchange: Exchange) -> None:
        is_ready = self.model.is_ready
        identity = self.model.identity
        content = {"name": self.model.name, "ready": is_ready, **identity.fields, "classes": self.model.classes}
        await exchange.send_json(200 if is_ready else 503, content)

    async def _stats(self, exchange: Exchange) -> None:
        await exchange.send_json(200, self.recorder.stats.summary())

    async def _metrics(self, exchange: Exchange) -> None:
        await metrics_page(exchange.headers.get(b"accept", b"")).send(exchange)

    async def _not_found(self, exchange: Exchange) -> None:
        name, path = self.model.name, exchange.cycle.path
        if path.startswith(versions := f"/v2/models/{name}/versions/"):
            self.model.identity.check_version(path.removeprefix(versions).partition("/")[0])
        raise Refused(404, f"there is nothing here; the model is {name}, at /v1/models/{name}:predict")

    def _with_body_discarded(self, handle: Handler) -> Handler:
        """A handler that reads a body first, within bounds: a client that still sends would miss the answer."""

        async def discard_and_handle(exchange: Exchange) -> None:
            with self.admission.reserve() as reservation:
                await self.bodies.read(exchange.cycle, exchange.headers, reservation)
            await handle(exchange)

        return discard_and_handle


async def _refuse_loading(exchange: Exchange) -> None:
    raise Refused(403, NO_LOADING)


async def _refuse(exchange: Exchange, refused: Refused) -> None:
    if refused.status == 503:
        await asyncio.sleep(REFUSAL_SECONDS)
        refused.headers.append((b"retry-after", b"1"))
    if refused.status in (408, 413):
        refused.headers.append((b"connection", b"close"))
    await exchange.send_error(refused.status, refused.sentence, refused.headers)
