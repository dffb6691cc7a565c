"""One JSON line per request, on stdout and, where somebody wants it, in a file."""

import os
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from predictor.engine.answer import Answer
from predictor.identity import Identity
from predictor.telemetry.clients import TRAFFIC
from predictor.telemetry.log_file import LogFile

if TYPE_CHECKING:
    from predictor.protocols.protocol import Protocol

MOST_TRACE = 4000


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """`status` is HTTP's, also for gRPC; `seconds` run from the request's headers to the end of its response.

    `client` is one of CLIENTS. `path` is None where it is not one of the server's own: it may be anything then.
    `photos` is the request of an answer, which can be decoded again.
    """

    request_id: str
    route: str
    status: int
    seconds: float
    answer: Answer | None = None
    error: str | None = None
    trace: str | None = None  # of a bug
    client: str = TRAFFIC
    method: str | None = None
    path: str | None = None
    photos: "Protocol[Any] | None" = None


def trace_of(error: BaseException) -> str:
    """Where the error was raised: the innermost frames, at most MOST_TRACE characters; no values."""
    return "".join(traceback.format_tb(error.__traceback__))[-MOST_TRACE:]


class RequestLog:
    """Collects lines and writes them together: a system call takes longer than making a line.

    Args:
        identity: revision and model version stand in each line.
        descriptor: of the file that is written to; default: stdout.
        file: takes the same lines.
    """

    def __init__(self, identity: Identity, descriptor: int = 1, file: LogFile | None = None):
        self._versions = identity.fields
        self._descriptor, self._file = descriptor, file
        self._lines: list[bytes] = []

    def add(self, request: FinishedRequest) -> None:
        """Adds the line of a request. Of what the client sent, it holds the request id and nothing else."""
        line: dict[str, object] = {
            "time": round(time.time(), 3),
            "level": "error" if request.status == 500 else "info",
            "message": "request",
            "request_id": request.request_id,
            "client": request.client,
            **({"method": request.method} if request.method else {}),
            **({"path": request.path} if request.path else {}),
            "route": request.route,
            "status": request.status,
            "latency_ms": round(request.seconds * 1000, 2),
            **self._versions,
        }
        if answer := request.answer:
            line |= {
                "queue_ms": round(answer.queue_seconds * 1000, 2),
                "inference_ms": answer.inference_ms,
                "labels": answer.labels,
                "confidences": answer.confidences,
                "image_sizes": answer.sizes,
            }
        if request.error:
            line["error"] = request.error
        if request.trace:
            line["traceback"] = request.trace
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Writes the lines that were added."""
        if self._file and self._lines:
            self._file.write(self._lines)
        lines, self._lines = b"".join(self._lines), []
        try:
            while lines:
                lines = lines[os.write(self._descriptor, lines) :]
        except OSError:
            pass  # stdout is closed: the server goes on without a log

    def stop(self) -> None:
        """Writes what was added, and ends the file."""
        self.flush()
        if self._file:
            self._file.stop()
