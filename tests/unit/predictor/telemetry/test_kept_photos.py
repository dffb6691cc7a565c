"""Photos of traffic are kept by a thread of its own; a full disk is counted and said once."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.registry import CollectorRegistry

from predictor.engine.answer import make_answer
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import HTTPRequest
from predictor.protocols.v1 import V1
from predictor.telemetry.kept_folder import KeptFolder
from predictor.telemetry.kept_photos import KeptPhotos
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.request_log import FinishedRequest
from tests.integration.server_process import eventually

IDENTITY = Identity("catdog", "0123abc", "456def")
ANSWER = make_answer(("cat", "dog"), np.array([[0.75, 0.25], [0, 1]], np.float32), [(4, 3)] * 2, [9.0] * 2, 0, 0.8)


def finished(name: str, client: str = "traffic", answered: bool = True) -> FinishedRequest:
    body = json.dumps({"instances": ["Y2F0", "iVBORw0KGgo="]}).encode()
    photos = V1(HTTPRequest(body, {}, name), IDENTITY, Limits())
    return FinishedRequest(name, "predict", 200, 0.01, ANSWER if answered else None, client=client, photos=photos)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def keeper(path: Path, registry: CollectorRegistry, seconds: float = 1000) -> KeptPhotos:
    return KeptPhotos(KeptFolder(path, 100, 10**6, seconds), IDENTITY, Metrics(registry))


def test_photos_of_traffic(tmp_path: Path, registry: CollectorRegistry) -> None:
    kept = keeper(tmp_path / "kept", registry)
    kept.offer(finished("one"))
    for client in ("judge", "prober", "assess"):
        kept.offer(finished(client, client))
    kept.offer(finished("refused", answered=False))
    kept.stop()
    assert {file.name for file in (tmp_path / "kept").iterdir()} == {
        f"one-{name}" for name in ("0.img", "0.json", "1.png", "1.json")
    }
    assert (tmp_path / "kept" / "one-0.img").read_bytes() == b"cat"
    description = json.loads((tmp_path / "kept" / "one-0.json").read_text())
    assert abs(description.pop("time") - time.time()) < 60
    assert description == {
        "request_id": "one",
        "index": 0,
        "label": "cat",
        "confidence": 0.75,
        "unsure": True,
        **IDENTITY.fields,
    }
    assert registry.get_sample_value("predictor_kept_photos") == 2
    assert registry.get_sample_value("predictor_kept_photos_failures_total") == 0


def test_they_are_deleted_when_their_time_is_over(tmp_path: Path, registry: CollectorRegistry) -> None:
    kept = keeper(tmp_path, registry, seconds=1)
    kept.offer(finished("one"))
    eventually(lambda: registry.get_sample_value("predictor_kept_photos") == 2)
    eventually(lambda: not [*tmp_path.iterdir()], what="deleted, without any more requests")
    kept.stop()


def test_a_disk_that_cannot_be_written_to(
    tmp_path: Path, registry: CollectorRegistry, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.touch()
    kept = keeper(path, registry)
    for name in ("one", "two"):
        kept.offer(finished(name))
    kept.stop()
    assert registry.get_sample_value("predictor_kept_photos_failures_total") == 5  # the folder, and four photos
    assert registry.get_sample_value("predictor_kept_photos") == 0
    assert capfd.readouterr().err == f"warning: photos are not kept in {path}: File exists\n"


def test_a_burst_is_sampled_and_keeps_nobody_waiting(tmp_path: Path, registry: CollectorRegistry) -> None:
    kept = keeper(tmp_path, registry)
    start = time.perf_counter()
    for number in range(500):
        kept.offer(finished(f"{number}"))
    assert time.perf_counter() - start < 5
    eventually(lambda: registry.get_sample_value("predictor_kept_photos"))
    kept.stop()
    assert 2 <= len([*tmp_path.glob("*.json")]) <= 100
