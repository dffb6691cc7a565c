"""The answer to a pod's readiness probe."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/ready"


@contextmanager
def serving(is_ready: Callable[[], bool], port: int) -> Iterator[int]:
    """Answers GET /ready on all addresses while the block runs: 200 if it is ready, else 503. Gives the port.

    Args:
        is_ready: is called in a thread of its own for each request.
        port: 0 for any.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds that a client may be silent

        def do_GET(self) -> None:
            status, text = (200, "proven") if is_ready() else (503, "not proven")
            if self.path != PATH:
                status, text = 404, f"there is only {PATH}"
            body = f"{text}\n".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
