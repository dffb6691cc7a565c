"""A stand-in for the server that is checked: it knows the golden answers, and does wrong what a test wants wrong."""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from model.settings import NAME
from tests.smoke.expected import Expected
from tests.smoke.golden import GoldenPhoto
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
    start: float = 1795745346.7
    """When its process started, as its metrics say."""
    photo_seconds: float = 0.004
    """Processor time of a photo, as its metrics say."""
    metrics: str | None = None
    """All that GET /metrics says instead."""
    metrics_status: int = 200
    metrics_delay: float = 0.0
    """Seconds before GET /metrics is answered."""
    queue_depth: int = 0
    work: float = 0.0
    """Processors that it uses for others all the time, as its metrics say."""
    delays: list[float] = field(default_factory=list)
    """Seconds before each of the next predictions is answered."""
    changes: dict[str, Any] = field(default_factory=dict)
    """What the first prediction of an answer says instead."""
    busy: int = 0
    """How many of the next predictions are answered with 503 and Retry-After."""
    fails_each: int = 0
    """Each so-many-th prediction is answered with 500."""
    others: Counter[int] = field(default_factory=Counter)
    """Requests of others by status, from each GET /metrics to the next."""
    photos_of_others: int = 0
    """Their photos, from each GET /metrics to the next."""
    sheds_each: int = 0
    """All predictions but each so-many-th are answered with 503 and Retry-After."""
    surplus: int = 0
    """How many predictions too many are in an answer."""
    body: bytes | None = None
    """What every successful prediction answers instead."""
    status_page: bytes | None = None
    """What GET of the model answers instead."""
    before_answer: Callable[[], object] = lambda: None
    """Is called when a prediction has arrived."""

    def __post_init__(self) -> None:
        self.revision = self.revision or self.expected.revision
        self.model_version = self.model_version or self.expected.model_version
        self.classes: Any = list(self.expected.classes)
        self.answers = {golden.photo: by_class(self.expected, golden) for golden in self.expected.goldens}
        self.requests: Counter[int] = Counter()
        self.photos = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, bytes]:
        """The answer to GET."""
        if path == "/metrics":
            time.sleep(self.metrics_delay)
            return self.metrics_status, (self.count() if self.metrics is None else self.metrics).encode()
        return self.ready, self.status_page or json.dumps(
            {"revision": self.revision, "model_version": self.model_version, "classes": self.classes}
        ).encode()

    def count(self) -> str:
        """Its metrics."""
        with self.lock:
            self.requests += self.others
            self.photos += self.photos_of_others
            requests = [
                f'predictor_requests_total{{code="{code}",route="predict"}} {count}.0\n'
                for code, count in self.requests.items()
            ]
            return (
                "# TYPE predictor_requests_total counter\n"
                f"process_start_time_seconds {self.start!r}\n"
                f"process_cpu_seconds_total {3 + self.photos * self.photo_seconds + self.work * time.monotonic()!r}\n"
                f"predictor_queue_depth {self.queue_depth}.0\n"
                f'predictor_predictions_total{{label="cat"}} {self.photos}.0\n'
                'predictor_predictions_total{label="dog"} 0.0\n'
                'predictor_requests_total{code="200",route="ready"} 7.0\n'
            ) + "".join(requests)

    def post(self, body: bytes) -> tuple[int, bytes]:
        """The answer to a prediction, which is counted."""
        self.before_answer()
        status, answer, photos = self.answer(body)
        with self.lock:
            if self.fails_each and (sum(self.requests.values()) + 1) % self.fails_each == 0:
                status, answer, photos = 500, b'{"error": "out of order"}', 0
            self.requests[status] += 1
            self.photos += photos
        return status, answer

    def answer(self, body: bytes) -> tuple[int, bytes, int]:
        """The answer to a prediction, and how many photos were predicted."""
        try:
            photos = [base64.b64decode(item["image"]["b64"]) for item in json.loads(body)["instances"]]
            predictions = [self.predict(self.answers[photo]) for photo in photos]
        except (KeyError, TypeError):
            return self.bad_input, b'{"error": "not a photo"}', 0
        if self.sheds_each and (sum(self.requests.values()) + 1) % self.sheds_each:
            return 503, b'{"error": "the server is full"}', 0
        if self.busy:
            self.busy -= 1
            return 503, b'{"error": "the server is full"}', 0
        if self.delays:
            time.sleep(self.delays.pop(0))
        predictions[0] |= self.changes
        predictions += predictions[:1] * self.surplus
        if self.predicts != 200:
            return self.predicts, b'{"error": "out of order"}', 0
        return 200, self.body or json.dumps({"predictions": predictions}).encode(), len(photos)

    def predict(self, probabilities: dict[str, float]) -> dict[str, Any]:
        """A prediction of the agreed form."""
        label = max(probabilities, key=lambda name: probabilities[name])
        return {"label": label, "confidence": probabilities[label], "probabilities": probabilities}


def by_class(expected: Expected, golden: GoldenPhoto) -> dict[str, float]:
    """The exported answer, as V1 gives it."""
    return dict(zip(expected.classes, golden.probabilities, strict=True))


@contextmanager
def serve(server: StandIn) -> Iterator[StandIn]:
    """Serves it on loopback while the block runs, at its port if it has one."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 503 and not self.path.endswith(f"/{NAME}"):
                self.send_header("Retry-After", "1")  # not where it is asked whether it is ready
            self.send_header("X-Model-Revision", server.revision)
            self.send_header("X-Model-Version", server.model_version)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(*server.get(self.path))

        def do_POST(self) -> None:
            self.answer(*server.post(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *arguments: object) -> None:
            """A client that goes before the answer is expected here."""

    with running(Server(("127.0.0.1", server.port), Handler)) as server.port:
        yield server
