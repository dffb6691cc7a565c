"""A server with one fault: takes the place of predictor/__main__.py in the bad images.

It knows the golden answers, is ready at once, and reports what a good one reports; FAULT says what is wrong with it.
"""

import base64
import json
import os
import signal
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from model.contract.golden_photos import read_golden_photos
from model.contract.metadata import model_version, read_metadata

MODEL = Path("catdog.pt")
FAULT = os.environ["FAULT"]
METADATA = read_metadata(MODEL)


def read_answers() -> dict[bytes, tuple[float, ...]]:
    return {golden.photo: golden.probabilities for golden in read_golden_photos(MODEL, METADATA)}


ANSWERS = read_answers()
VERSIONS = {
    "revision": os.environ["CATDOG_REVISION"],
    "model_version": model_version(MODEL),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in VERSIONS.items():
            self.send_header(f"x-catdog-{name.replace('_', '-')}", value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        counter = b"# TYPE catdog_requests_total counter\ncatdog_requests_total 1\n"
        status = {"name": "catdog", "status": "alive", "ready": True, **VERSIONS, "classes": METADATA["classes"]}
        self.answer(200, counter if self.path == "/metrics" else json.dumps(status).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if FAULT == "fails":
            return self.answer(500, b'{"error": "out of order"}')
        if FAULT == "slow":
            time.sleep(1.5)
        try:
            photos = [base64.b64decode(item["image"]["b64"]) for item in json.loads(body)["instances"]]
            predictions = [self.predict(*ANSWERS[photo]) for photo in photos]
        except (KeyError, TypeError, ValueError):
            return self.answer(400, b'{"error": "not a photo"}')
        return self.answer(200, json.dumps({"predictions": predictions}).encode())

    def predict(self, cat: float, dog: float) -> dict[str, object]:
        if FAULT == "swaps":
            cat, dog = dog, cat
        label = "cat" if cat > dog else "dog"
        return {"label": label, "confidence": max(cat, dog), "probabilities": {"cat": cat, "dog": dog}}

    def log_message(self, *arguments: object) -> None:
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()  # the pod's own network, nothing else
