"""A stand-in for the local registry: it answers whether it has an image, over HTTP as a registry does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.unit.http_server import running

MANIFEST = re.compile(r"/v2/catdog-team/catdog/manifests/([^/]+)")


class Registry:
    """Has every image that it is asked for, except the missing ones."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.port = 0

    def has(self, path: str, accepted: str) -> bool:
        """Whether there is such a manifest, of a type that the client takes."""
        asked = MANIFEST.fullmatch(path)
        return bool(asked and asked[1] not in self.missing and "application/vnd.oci.image.index.v1+json" in accepted)


@contextmanager
def serve_registry() -> Iterator[Registry]:
    """Serves one on loopback while the block runs."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if registry.has(self.path, self.headers["Accept"]) else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as registry.port:
        yield registry
