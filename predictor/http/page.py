"""What GET answers with: a whole body, made before it is asked for, and the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from prometheus_client import REGISTRY, exposition

from predictor.http.cycle import Header
from predictor.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Page:
    """A body of status 200; `headers` are those beside content-type and content-length."""

    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[Header, ...] = ()

    async def send(self, exchange: Exchange) -> None:
        """Answers a request with it."""
        await exchange.send_body(200, self.body, self.content_type, self.headers)


def json_page(content: Mapping[str, Any]) -> Page:
    return Page(orjson.dumps(content))


def metrics_page(accept: bytes) -> Page:
    """The metrics as they are now, in the format of the header accept; in Prometheus' own where that is not clear."""
    try:
        encode, content_type = exposition.choose_encoder(accept.decode("ascii"))
    except (TypeError, ValueError):  # of a version that is not one
        encode, content_type = exposition.choose_encoder("")
    return Page(encode(REGISTRY), content_type.encode())
