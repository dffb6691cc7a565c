"""What the prober tells over HTTP: /healthz, for the kubelet, and /metrics, for Prometheus."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate, product

from prober.figures import Figures

PORT = 8083
CLIENT_SECONDS = 5
SILENCE_SECONDS = 300  # a round takes a minute, and where nothing answers one and a half
SECONDS = (0.005, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
MOST_CLASSES = (
    10  # of which every pair has a count; of more, those that have photos: they are as many as photos at most
)
TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "predictor_prober"


class Metrics:
    """What was seen; written by the loop, and read by the threads that answer over HTTP."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.started = self.last_end = time.time()
        self.last_round = 0.0
        """When the last round with an answer ended, in seconds since 1970; 0 before the first."""
        self.failures, self.changed = 0, 0
        self.buckets, self.latency_sum = [0] * (len(SECONDS) + 1), 0.0
        self.version: tuple[str, str] | None = None
        self.photos: Mapping[str, int] = {"labelled": 0, "golden": 0}
        self.figures: Figures | None = None
        self.classes: Sequence[str] = ()

    def observe_latency(self, seconds: float) -> None:
        """An answer took so long, the connection included."""
        with self.lock:
            self.buckets[next((i for i, edge in enumerate(SECONDS) if seconds <= edge), len(SECONDS))] += 1
            self.latency_sum += seconds

    def count_failure(self) -> None:
        """A photo got no answer of the agreed form."""
        with self.lock:
            self.failures += 1

    def report(
        self,
        version: tuple[str, str],
        photos: Mapping[str, int],
        changed: int,
        figures: Figures | None,
        classes: Sequence[str],
    ) -> None:
        """A round has ended in which photos were answered.

        Args:
            version: revision and model version that answered.
            photos: how many answers of each kind count.
            changed: answers that are not those of the release.
            figures: of the labelled photos, or of the golden ones if there are none.
            classes: of the model.
        """
        with self.lock:
            self.version, self.photos, self.changed = version, photos, changed
            self.figures, self.classes = figures, classes
            self.last_round = time.time()

    def end_round(self) -> None:
        """A round has ended, with or without answers."""
        with self.lock:
            self.last_end = time.time()

    def is_alive(self) -> bool:
        """Rounds still end."""
        with self.lock:
            return time.time() - self.last_end < SILENCE_SECONDS

    def __str__(self) -> str:
        """Prometheus's text format."""
        with self.lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        kinds = [(f'{{kind="{kind}"}}', count) for kind, count in sorted(self.photos.items())]
        yield from family(
            "photos", "gauge", "Answers of the last round; figures are of labelled ones if there are any.", kinds
        )
        yield from family(
            "changed_answers", "gauge", "Answers of the last round unlike the release's.", [("", self.changed)]
        )
        yield from family("failures_total", "counter", "Photos without an answer.", [("", self.failures)])
        when = f"{self.last_round:.3f}"
        yield from family("last_round_timestamp_seconds", "gauge", "When a round last had answers.", [("", when)])
        yield from self._latency()
        if self.version:
            labels = 'revision="{}",model_version="{}"'.format(*map(escape, self.version))
            yield from family("info", "gauge", "Who answered last.", [(f"{{{labels}}}", 1)])
        if self.figures:
            for name in ("accuracy", "precision", "recall", "f1"):
                yield from family(name, "gauge", "Share, of the last round.", [("", getattr(self.figures, name))])
            yield from family(
                "confusion", "gauge", "Answers by right and predicted label.", self._confusion(self.figures)
            )

    def _latency(self) -> Iterator[str]:
        edges = [*map(str, SECONDS), "+Inf"]
        counts = list(accumulate(self.buckets))
        yield from family("latency_seconds", "histogram", "From a client's connection to its answer.", [])
        for edge, count in zip(edges, counts, strict=True):
            yield f'{PREFIX}_latency_seconds_bucket{{le="{edge}"}} {count}'
        yield f"{PREFIX}_latency_seconds_sum {self.latency_sum:.6f}"
        yield f"{PREFIX}_latency_seconds_count {counts[-1]}"

    def _confusion(self, figures: Figures) -> list[tuple[str, object]]:
        few = len(self.classes) <= MOST_CLASSES
        pairs = product(self.classes, repeat=2) if few else sorted(figures.confusion)
        return [
            (f'{{label="{escape(right)}",predicted="{escape(said)}"}}', figures.confusion[right, said])
            for right, said in pairs
        ]


def family(name: str, kind: str, about: str, samples: Sequence[tuple[str, object]]) -> Iterator[str]:
    """The lines of a metric: each sample is its labels, in braces, and its value."""
    yield f"# HELP {PREFIX}_{name} {about}"
    yield f"# TYPE {PREFIX}_{name} {kind}"
    for labels, value in samples:
        yield f"{PREFIX}_{name}{labels} {value}"


def escape(value: str) -> str:
    """The value of a label."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


@contextmanager
def serve(metrics: Metrics, port: int) -> Iterator[int]:
    """Answers GET /healthz and /metrics on all addresses while the block runs. Port 0 takes a free one; gives the port.

    Raises:
        OSError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = CLIENT_SECONDS

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self.answer(200, str(metrics))
            elif self.path != "/healthz":
                self.answer(404, "there are /healthz and /metrics\n")
            elif metrics.is_alive():
                self.answer(200, "ok\n")
            else:
                self.answer(503, f"no round has ended for {SILENCE_SECONDS} s\n")

        def answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """The kubelet asks every few seconds: no line for each."""

    with ThreadingHTTPServer(("", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
