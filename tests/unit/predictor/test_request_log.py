import json
import os
from pathlib import Path

import numpy as np
import pytest

from predictor.answer import make_answer
from predictor.build import Build, read_build
from predictor.request_log import RequestLog

BUILD = Build("0123abc", "456def")


def test_lines(tmp_path: Path) -> None:
    answer = make_answer(np.array([[0.25, 0.75]], np.float32), [(4, 3)], [100.0], 0.0123)
    with (tmp_path / "log").open("wb") as file:
        log = RequestLog(BUILD, file.fileno())
        log.add("one", "predict", 200, 0.01234, answer, None)
        log.add("two", "predict", 400, 0.001, None, "not base64")
        log.add("three", "predict", 500, 0.001, None, "KeyError()")
        log.flush()
        log.flush()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    for line in lines:
        assert line.pop("time") > 0
    same = {"message": "request", "route": "predict", "revision": "0123abc", "model_version": "456def"}
    assert lines == [
        {
            **same,
            "level": "info",
            "request_id": "one",
            "status": 200,
            "latency_ms": 12.34,
            "queue_ms": 12.3,
            "labels": ["dog"],
            "confidences": [0.75],
            "image_sizes": [[4, 3]],
        },
        {**same, "level": "info", "request_id": "two", "status": 400, "latency_ms": 1.0, "error": "not base64"},
        {**same, "level": "error", "request_id": "three", "status": 500, "latency_ms": 1.0, "error": "KeyError()"},
    ]


def test_nobody_reads() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = RequestLog(BUILD, writer)
    log.add("one", "predict", 200, 0.01, None, None)
    log.flush()  # a broken pipe stops no answer
    os.close(writer)


def test_long_lines_are_written_whole() -> None:
    reader, writer = os.pipe()
    log = RequestLog(BUILD, writer)
    log.add("x" * 20_000, "predict", 200, 0.01, None, None)
    log.flush()
    os.close(writer)
    with os.fdopen(reader) as file:
        assert json.loads(file.read())["request_id"] == "x" * 20_000


def test_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.pt").write_bytes(b"abc")
    monkeypatch.setenv("CATDOG_REVISION", "0123abc")
    build = read_build(tmp_path / "model.pt")
    assert build == Build("0123abc", "ba7816bf8f01")  # sha256 of "abc"
    assert dict(build.headers) == {b"x-catdog-revision": b"0123abc", b"x-catdog-model-version": b"ba7816bf8f01"}
    monkeypatch.delenv("CATDOG_REVISION")
    assert read_build(tmp_path / "model.pt").revision == "unknown"
