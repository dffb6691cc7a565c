import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter

from predictor.engine.answer import make_answer
from predictor.identity import Identity
from predictor.telemetry.log_file import LogFile
from predictor.telemetry.request_log import FinishedRequest, RequestLog

CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")


SAME = {"message": "request", "route": "predict", "revision": "0123abc", "model_version": "456def"}


def write_lines(folder: Path, *requests: FinishedRequest) -> list[dict[str, Any]]:
    with (folder / "log").open("wb") as file:
        log = RequestLog(IDENTITY, file.fileno())
        for request in requests:
            log.add(request)
        log.flush()
        log.flush()
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    for line in lines:
        assert line.pop("time") > 0
    return lines


def test_the_line_of_an_answer(tmp_path: Path) -> None:
    answer = make_answer(CLASSES, np.array([[0.25, 0.75]], np.float32), [(4, 3)], [100.0], 0.0123, 0.0, 0.00456)
    request = FinishedRequest("one", "predict", 200, 0.01234, answer, client="judge", method="POST", path="/a")
    who = {"level": "info", "request_id": "one", "status": 200, "client": "judge", "method": "POST", "path": "/a"}
    times = {"latency_ms": 12.34, "queue_ms": 12.3, "inference_ms": 4.56}
    photo = {"labels": ["dog"], "confidences": [0.75], "image_sizes": [[4, 3]]}
    assert write_lines(tmp_path, request) == [SAME | who | times | photo]


def test_the_lines_of_refusals(tmp_path: Path) -> None:
    refused = FinishedRequest("two", "predict", 400, 0.001, None, "not base64")
    failed = FinishedRequest("three", "predict", 500, 0.001, None, "KeyError()")
    both = SAME | {"latency_ms": 1.0, "client": "traffic"}
    assert write_lines(tmp_path, refused, failed) == [
        both | {"level": "info", "request_id": "two", "status": 400, "error": "not base64"},
        both | {"level": "error", "request_id": "three", "status": 500, "error": "KeyError()"},
    ]


def test_a_file_gets_the_same_lines(tmp_path: Path) -> None:
    lost = Counter("lost", "Lines", registry=CollectorRegistry())
    with (tmp_path / "stdout").open("wb") as stdout:
        log = RequestLog(IDENTITY, stdout.fileno(), LogFile(tmp_path / "log", 10**6, 2, lost))
        for name in ("one", "two", "three"):
            log.add(FinishedRequest(name, "predict", 200, 0.01))
            if name != "one":
                log.flush()
        log.add(FinishedRequest("last", "predict", 200, 0.01))
        log.stop()
    assert (tmp_path / "log").read_text() == (tmp_path / "stdout").read_text()
    assert (tmp_path / "log").read_text().count("\n") == 4


def test_closed_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = RequestLog(IDENTITY, writer)
    log.add(FinishedRequest("one", "predict", 200, 0.01))
    log.flush()  # raises nothing: the server goes on
    os.close(writer)


def test_long_lines_are_written_whole() -> None:
    reader, writer = os.pipe()
    log = RequestLog(IDENTITY, writer)
    log.add(FinishedRequest("x" * 20_000, "predict", 200, 0.01))
    log.flush()
    os.close(writer)
    with os.fdopen(reader) as file:
        assert json.loads(file.read())["request_id"] == "x" * 20_000
