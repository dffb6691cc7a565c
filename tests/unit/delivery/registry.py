"""A stand-in for a registry: it says which images it has, by HTTP or HTTPS, and fails in the ways that real ones do."""

import base64
import hashlib
import json
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from model.settings import IMAGE
from tests.smoke.image_reference import ImageReference
from tests.unit.http_server import running

IMAGE_PATH = ImageReference.parse(f"{IMAGE}:tag").path
ABSENT = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
USER, SECRET, TOKEN = "somebody", "secret", "a-token"


class Registry:
    """Has every image that it is asked for, except the missing ones."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.path = IMAGE_PATH
        self.port = 0
        self.failure: tuple[int, bytes] | None = None
        """A status and a body that every request gets."""
        self.silence = 0.0
        """Seconds before each answer."""
        self.wants: str = ""
        """Basic or Bearer, where it answers to nobody without a login."""
        self.secure = False

    def manifest(self, tag: str) -> bytes:
        """The bytes that it has for a tag."""
        return json.dumps({"schemaVersion": 2, "tag": tag}).encode()

    def digest(self, tag: str) -> str:
        """The digest that it has for a tag."""
        return f"sha256:{hashlib.sha256(self.manifest(tag)).hexdigest()}"

    def answer(self, path: str, accepted: str, login: str) -> tuple[int, bytes]:
        """The status and body of one request."""
        time.sleep(self.silence)
        if self.failure:
            return self.failure
        basic = f"Basic {base64.b64encode(f'{USER}:{SECRET}'.encode()).decode()}"
        if path.startswith("/token?"):
            return (200, json.dumps({"token": TOKEN}).encode()) if login == basic else (401, b"")
        if self.wants and login != {"Basic": basic, "Bearer": f"Bearer {TOKEN}"}[self.wants]:
            return 401, json.dumps({"errors": [{"code": "UNAUTHORIZED"}]}).encode()
        asked = re.fullmatch(f"/v2/{self.path}/manifests/([^/]+)", path)
        if asked and asked[1] not in self.missing and "application/vnd.oci.image.index.v1+json" in accepted:
            return 200, self.manifest(asked[1])
        return 404, ABSENT

    def exchange(self, form: str) -> tuple[int, bytes]:
        """The status and body for an identity token, which is exchanged for another one."""
        asked = dict(parse_qsl(form))
        known = (asked.get("grant_type"), asked.get("refresh_token")) == ("refresh_token", SECRET)
        return (200, json.dumps({"access_token": TOKEN}).encode()) if known else (401, b"")

    def challenge(self) -> str:
        """What it says to those who are not logged in."""
        address = f"https://127.0.0.1:{self.port}" if self.secure else f"http://localhost:{self.port}"
        return f'{self.wants} realm="{address}/token",service="stand-in",scope="ignored"'


@contextmanager
def serve_registry(certificate: Path | None = None) -> Iterator[Registry]:
    """Serves one on loopback while the block runs; with a certificate for 127.0.0.1 and its key, by HTTPS."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = self.headers
            self.reply(*registry.answer(self.path, headers.get("Accept", ""), headers.get("Authorization", "")))

        def do_POST(self) -> None:
            self.reply(*registry.exchange(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 401 and registry.wants:
                self.send_header("WWW-Authenticate", registry.challenge())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        registry.secure = True
    with running(server) as registry.port:
        yield registry


def make_certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 and its key, in one file."""
    file = folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", file, "-out", folder / "own.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with file.open("a") as both:
        both.write((folder / "own.pem").read_text())
    return file
