"""What the steward tells of itself over HTTP: /healthz, for the kubelet, and /metrics, for Prometheus."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8081
CLIENT_SECONDS = 5
# a round that gets no answer from the API server takes 60 s: 12 requests, each with api.TIMEOUT_SECONDS
SILENCE_SECONDS = 75
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What has happened since the start; written by the loop, and read by the threads that answer over HTTP."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last_round = time.time()
        """When the last round ended, in seconds since 1970; the start, before the first has."""
        self.rounds = self.errors = self.conflicts = 0
        self.decisions: Counter[str] = Counter()
        self.is_rollout_failing = self.is_proven = False

    def count_round(self) -> None:
        """A round has ended. One whose requests failed counts: a restart would not bring the API server back."""
        with self.lock:
            self.rounds += 1
            self.last_round = time.time()

    def count_error(self) -> None:
        """The API server refused a request, or did not answer it."""
        with self.lock:
            self.errors += 1

    def count_conflict(self) -> None:
        """Somebody else was quicker with a change, usually the other steward."""
        with self.lock:
            self.conflicts += 1

    def count_decision(self, kind: str) -> None:
        """The cluster was changed; `kind` is one word or two with a hyphen."""
        with self.lock:
            self.decisions[kind] += 1

    def is_alive(self) -> bool:
        """Rounds still end."""
        with self.lock:
            return time.time() - self.last_round < SILENCE_SECONDS

    def __str__(self) -> str:
        """Prometheus's text format."""
        with self.lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        name = "predictor_steward"
        yield f"# HELP {name}_last_round_timestamp_seconds When it last looked."
        yield f"# TYPE {name}_last_round_timestamp_seconds gauge"
        yield f"{name}_last_round_timestamp_seconds {self.last_round:.3f}"
        counters = {"rounds": self.rounds, "api_errors": self.errors, "conflicts": self.conflicts}
        for what, number in counters.items():
            yield f"# TYPE {name}_{what}_total counter"
            yield f"{name}_{what}_total {number}"
        yield f"# HELP {name}_decisions_total Changes that it made, by kind."
        yield f"# TYPE {name}_decisions_total counter"
        for kind, number in sorted(self.decisions.items()):
            yield f'{name}_decisions_total{{kind="{kind}"}} {number}'
        yield f"# HELP {name}_rollout_failing Whether the InferenceService says that its rollout fails."
        yield f"# TYPE {name}_rollout_failing gauge"
        yield f"{name}_rollout_failing {int(self.is_rollout_failing)}"
        yield f"# HELP {name}_proven Whether the InferenceService says that the last sync's smoke test passed."
        yield f"# TYPE {name}_proven gauge"
        yield f"{name}_proven {int(self.is_proven)}"


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
