"""A stand-in for the Kubernetes API server: HTTPS on loopback, with the objects that a test gives it."""

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.unit.http_server import running

CERTIFICATE = (
    "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=kubernetes "
    "-addext subjectAltName=IP:127.0.0.1 -addext keyUsage=critical,digitalSignature,keyCertSign"
)
TOKEN = "a service account's token"


class ApiServer:
    """Objects by path, queries included; what was patched; and a status with which everything is refused, if any.

    `before_patch` is called when a patch has arrived. A patch is not merged, but it changes the object's version.
    """

    def __init__(self, account: Path):
        self.account = account
        self.objects: dict[str, Any] = {}
        self.patches: list[tuple[str, Any]] = []
        self.refusal = 0
        self.before_patch: Callable[[], object] = lambda: None
        self.lock = threading.Lock()
        self.port = 0

    def answer(self, method: str, path: str, token: str, payload: bytes) -> tuple[int, Any]:
        """The status and the body that a real one would give to this request."""
        if token != f"Bearer {(self.account / 'token').read_text()}":
            return 401, {"message": "Unauthorized"}
        if self.refusal:
            return self.refusal, {"message": "refused"}
        if path not in self.objects:
            return 404, {"message": "not found"}
        if method == "PATCH":
            self.before_patch()
            change = json.loads(payload)
            if not self.bump(path.removesuffix("/status"), change):
                return 409, {"message": "the object has been modified"}
            self.patches.append((path, change))
        return 200, self.objects[path]

    def bump(self, path: str, change: Any) -> bool:
        """Gives the object its next version; False if the change was decided on another than the present one."""
        with self.lock:
            metadata = self.objects.get(path, {}).get("metadata", {})
            version, expected = metadata.get("resourceVersion"), change.get("metadata", {}).get("resourceVersion")
            if expected not in (None, version):
                return False
            if version is not None:
                self.objects[path] = self.objects[path] | {"metadata": metadata | {"resourceVersion": f"{version}+"}}
            return True

    @property
    def environment(self) -> dict[str, str]:
        """What a pod's environment says of the API server."""
        return {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.port)}


@contextmanager
def serve_api(account: Path) -> Iterator[ApiServer]:
    """Serves one while the block runs; `account` is filled as the folder of a pod's service account."""
    key, certificate = account / "tls.key", account / "ca.crt"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*CERTIFICATE.split(), *files], check=True, capture_output=True)
    (account / "token").write_text(TOKEN)
    api = ApiServer(account)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, answer = api.answer(self.command, self.path, self.headers["Authorization"], payload)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as api.port:
        yield api
