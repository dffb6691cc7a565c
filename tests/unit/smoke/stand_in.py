"""A stand-in for the server that is checked: it knows the golden answers, and does wrong what a test wants wrong."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from model.contract.golden_photos import GoldenPhoto
from tests.smoke.expected import Expected
from tests.unit.http_server import running

Predictions = list[dict[str, Any]]


@dataclass
class StandIn:
    """What it says; each field can be changed while it serves."""

    expected: Expected
    port: int = 0
    revision: str = ""
    model_version: str = ""
    ready: int = 200
    predicts: int = 200
    bad_input: int = 400
    metrics: str = "# TYPE catdog_requests_total counter\ncatdog_requests_total 1\ncatdog_up 1\n"
    delays: list[float] = field(default_factory=list)
    """Seconds before each of the next predictions is answered."""
    changes: dict[str, Any] = field(default_factory=dict)
    """What the first prediction of an answer says instead."""
    busy: int = 0
    """How many of the next predictions are answered with 503 and Retry-After."""
    surplus: int = 0
    """How many predictions too many are in an answer."""
    body: bytes | None = None
    """What every successful prediction answers instead."""

    status_page: bytes | None = None
    """What GET of the model answers instead."""

    def __post_init__(self) -> None:
        self.revision = self.revision or self.expected.revision
        self.model_version = self.model_version or self.expected.model_version
        self.classes = list(self.expected.classes)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, bytes]:
        """The answer to GET."""
        if path == "/metrics":
            return 200, self.metrics.encode()
        return self.ready, self.status_page or json.dumps(
            {"revision": self.revision, "model_version": self.model_version, "classes": self.classes}
        ).encode()

    def post(self, body: bytes) -> tuple[int, bytes]:
        """The answer to a prediction."""
        answers = {golden.photo: by_class(self.expected, golden) for golden in self.expected.goldens}
        try:
            photos = [base64.b64decode(item["image"]["b64"]) for item in json.loads(body)["instances"]]
            predictions = [self.predict(answers[photo]) for photo in photos]
        except (KeyError, TypeError):
            return self.bad_input, b'{"error": "not a photo"}'
        if self.busy:
            self.busy -= 1
            return 503, b'{"error": "the server is full"}'
        if self.delays:
            time.sleep(self.delays.pop(0))
        predictions[0] |= self.changes
        predictions += predictions[:1] * self.surplus
        return self.predicts, self.body or json.dumps({"predictions": predictions}).encode()

    def predict(self, probabilities: dict[str, float]) -> dict[str, Any]:
        """A prediction of the agreed form."""
        label = max(probabilities, key=lambda name: probabilities[name])
        return {"label": label, "confidence": probabilities[label], "probabilities": probabilities}


def by_class(expected: Expected, golden: GoldenPhoto) -> dict[str, float]:
    """The exported answer, as V1 gives it."""
    return dict(zip(expected.classes, golden.probabilities, strict=True))


@contextmanager
def serve(server: StandIn) -> Iterator[StandIn]:
    """Serves it on every loopback address while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 503:
                self.send_header("Retry-After", "1")
            self.send_header("X-CatDog-Revision", server.revision)
            self.send_header("X-CatDog-Model-Version", server.model_version)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(*server.get(self.path))

        def do_POST(self) -> None:
            self.answer(*server.post(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *arguments: object) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server.port:
        yield server
