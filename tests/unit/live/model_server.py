"""A server that answers as a test says, and remembers who asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.unit.http_server import running

CAT = {"label": "cat", "confidence": 0.9, "unsure": False, "probabilities": {"cat": 0.9, "dog": 0.1}}


@dataclass
class PhotoModel:
    """What it says; each field can be changed while it serves."""

    answer: Callable[[int], tuple[int, Any]] = lambda number: (200, {"predictions": [CAT]})
    """Status and body of the prediction of this number, the first is 0."""
    revision: Callable[[int], str] = lambda number: "1" * 40
    status: tuple[int, Any] = (200, {"classes": ["cat", "dog"]})
    retry_after: bool = True
    url: str = ""
    agents: list[str] = field(default_factory=list)
    predictions: int = 0


@contextmanager
def serve(server: PhotoModel) -> Iterator[PhotoModel]:
    """Serves it on loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def send(self, status: int, body: Any, revision: str = "") -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 503 and server.retry_after:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-Model-Revision", revision)
            self.send_header("X-Model-Version", "a1ae02ffea76")
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.send(*((200, {"models": ["pets"]}) if self.path == "/v1/models" else server.status))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            server.agents.append(self.headers["User-Agent"])
            number, server.predictions = server.predictions, server.predictions + 1
            self.send(*server.answer(number), server.revision(number))

        def log_message(self, *arguments: object) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server
