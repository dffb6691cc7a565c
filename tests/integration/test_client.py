"""hack/predict prints a table."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

from hack.server_process import free_ports
from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.server_process import ROOT, ServerProcess


def ask(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "predictor.client", *map(str, arguments)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def fails(sentence: str, *arguments: object) -> None:
    asked = ask(*arguments)
    assert asked.returncode == 1
    assert asked.stderr == f"error: {sentence}\n"


def test_table(server: ServerProcess, photos: list[Photo], folder: Path) -> None:
    paths = []
    for index in range(10):
        paths.append(folder / f"photo-{index}")
        paths[-1].write_bytes(photos[index % len(photos)].data)
    asked = ask("--url", server.url, *paths)
    assert (asked.returncode, asked.stderr) == (0, "")
    *rows, last = asked.stdout.splitlines()
    for index, row in enumerate(rows):
        expected = photos[index % len(photos)].expected
        assert row.startswith(str(paths[index]))
        assert (("cat", "dog")[expected.argmax()], f"{expected.max():.1%}") == tuple(row.split()[1:3])
    assert len(rows) == 10
    assert last.startswith("answered by revision 0123abc, model version ")


def test_mistakes(folder: Path) -> None:
    text = folder / "text.jpg"
    text.write_text("not a photo")
    (port,) = free_ports(1)
    nobody = f"http://127.0.0.1:{port}"
    fails(f"no server answers at {nobody}: start one with hack/serve", "--url", nobody, text)
    fails("--url must begin with http:// or https://", "--url", "127.0.0.1:8080", text)


def test_a_proxy_that_is_gone_is_named(folder: Path) -> None:
    photo = folder / "photo.jpg"
    photo.write_bytes(b"")
    (port,) = free_ports(1)
    asked = ask("--url", f"http://{NAME}.invalid", photo, http_proxy=f"http://127.0.0.1:{port}")
    assert asked.returncode == 1
    assert "through the proxy that http_proxy names" in asked.stderr


def test_a_page_of_html_is_no_answer(folder: Path) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

    photo = folder / "photo.jpg"
    photo.write_bytes(b"")
    with HTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.handle_request).start()
        url = f"http://127.0.0.1:{other.server_port}"
        fails(f"what answers at {url} is not a server of this project (status 200): see --url", "--url", url, photo)


def test_a_photo_without_an_answer_spares_the_others(server: ServerProcess, photos: list[Photo], folder: Path) -> None:
    text, missing, good = folder / "text.jpg", folder / "missing.jpg", folder / "good"
    text.write_text("not a photo")
    good.write_bytes(photos[0].data)
    asked = ask("--url", server.url, text, missing, good, PYTHONIOENCODING="ascii")
    assert (asked.returncode, asked.stderr) == (1, "error: 2 of 3 photos have no answer\n")
    refused, unread, answered, _ = asked.stdout.splitlines()
    assert refused.endswith("refused: the bytes are not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image")
    assert unread.endswith("cannot be read: No such file or directory")
    assert answered.startswith(str(good))


def test_a_full_server_is_asked_again(photos: list[Photo], folder: Path) -> None:
    class FullAtFirst(BaseHTTPRequestHandler):
        statuses: ClassVar = [503, 200]

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"models": ["pets"]}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(self.statuses.pop(0))
            for name in ("retry-after", "x-model-revision", "x-model-version"):
                self.send_header(name, "1")
            self.end_headers()
            prediction = {"label": "cat", "confidence": 0.6, "unsure": True, "probabilities": {"cat": 0.6, "dog": 0.4}}
            self.wfile.write(json.dumps({"predictions": [prediction]}).encode())

    photo = folder / "photo.jpg"
    photo.write_bytes(photos[0].data)
    with HTTPServer(("127.0.0.1", 0), FullAtFirst) as server:
        for _ in range(3):
            threading.Thread(target=server.handle_request).start()
        asked = ask("--url", f"http://127.0.0.1:{server.server_port}", photo)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.splitlines()[1] == "? = unsure"
