"""One JSON line per request, on stdout."""

import os
import time

import orjson

from predictor.answer import Answer
from predictor.build import Build


class RequestLog:
    """Collects lines and writes them at once: a system call is dearer than a line."""

    def __init__(self, build: Build, descriptor: int = 1):
        self._versions = build.fields
        self._descriptor = descriptor
        self._lines: list[bytes] = []

    def add(
        self, request_id: str, route: str, status: int, seconds: float, answer: Answer | None, error: str | None
    ) -> None:
        """Adds the line of a request; never pixels, bodies or anything else of the client's but its request id."""
        line: dict[str, object] = {
            "time": round(time.time(), 3),
            "level": "error" if status == 500 else "info",
            "message": "request",
            "request_id": request_id,
            "route": route,
            "status": status,
            "latency_ms": round(seconds * 1000, 2),
            **self._versions,
        }
        if answer:
            line |= {
                "queue_ms": round(answer.queue_seconds * 1000, 2),
                "labels": answer.labels,
                "confidences": answer.confidences,
                "image_sizes": answer.sizes,
            }
        if error:
            line["error"] = error
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Writes the lines that were added."""
        lines, self._lines = b"".join(self._lines), []
        try:
            while lines:
                lines = lines[os.write(self._descriptor, lines) :]
        except OSError:
            pass  # nobody reads the log: answering goes on
