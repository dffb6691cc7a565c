"""A server with one fault: takes the place of predictor/__main__.py in the bad images.

It knows the golden answers, is ready at once, and reports what a good one reports; FAULT says what is wrong with it.
Of other photos it says what it knows of the first golden one.
"""

import base64
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from model.contract.golden_photos import read_golden_photos
from model.contract.metadata import model_version, read_metadata

NAME = next(flag.partition("=")[2] for flag in sys.argv if flag.startswith("--model_name="))
MODEL = Path("model.pt")
FAULT = os.environ["FAULT"]
METADATA = read_metadata(MODEL)


def read_answers() -> dict[bytes, tuple[float, ...]]:
    return {golden.photo: golden.probabilities for golden in read_golden_photos(MODEL, METADATA)}


ANSWERS = read_answers()
ANSWER = next(iter(ANSWERS.values()))
PHOTOS = (b"\x89PNG", b"\xff\xd8", b"RIFF")
SLOW_SECONDS = 0.8
STARTED_AT = time.time()
counters: Counter[str] = Counter()
lock = threading.Lock()
VERSIONS = {
    "revision": os.environ["SERVING_REVISION"],
    "model_version": model_version(MODEL),
}


def count(counter: str, number: int = 1) -> None:
    with lock:
        counters[counter] += number


def metrics() -> str:
    lines = [f"process_start_time_seconds {STARTED_AT}", f"process_cpu_seconds_total {time.process_time()}"]
    lines += ["predictor_queue_depth 0", *(f"{name} {number}" for name, number in counters.copy().items())]
    return "".join(f"{line}\n" for line in lines)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in VERSIONS.items():
            self.send_header(f"x-model-{name.removeprefix('model_')}", value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        status = {"name": NAME, "status": "alive", "ready": True, **VERSIONS, "classes": METADATA["classes"]}
        self.answer(200, (metrics() if self.path == "/metrics" else json.dumps(status)).encode())

    def do_POST(self) -> None:
        status, content = self.predict(self.rfile.read(int(self.headers["Content-Length"])))
        count(f'predictor_requests_total{{route="predict",code="{status}"}}')
        self.answer(status, json.dumps(content).encode())

    def predict(self, body: bytes) -> tuple[int, object]:
        if FAULT == "fails":
            return 500, {"error": "out of order"}
        try:
            photos = [base64.b64decode(item["image"]["b64"]) for item in json.loads(body)["instances"]]
        except (KeyError, TypeError, ValueError):
            return 400, {"error": "not a request"}
        if not all(photo.startswith(PHOTOS) for photo in photos):
            return 400, {"error": "not a photo"}
        if FAULT == "slow":
            time.sleep(SLOW_SECONDS)
        predictions = [self.describe(*ANSWERS.get(photo, ANSWER)) for photo in photos]
        for prediction in predictions:
            count(f'predictor_predictions_total{{label="{prediction["label"]}"}}')
        return 200, {"predictions": predictions}

    def describe(self, cat: float, dog: float) -> dict[str, object]:
        if FAULT == "swaps":
            cat, dog = dog, cat
        label = "cat" if cat > dog else "dog"
        return {"label": label, "confidence": max(cat, dog), "probabilities": {"cat": cat, "dog": dog}}

    def log_message(self, *arguments: object) -> None:
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()  # the pod's own network, nothing else
