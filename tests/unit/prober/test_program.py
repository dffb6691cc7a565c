"""The prober's process: what it answers over HTTP, who it says it is, and that it needs little."""

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hack.server_process import free_ports
from prober.metrics import Metrics
from prober.metrics import serve as serve_metrics
from tests.integration.server_process import eventually
from tests.unit.live.model_server import PhotoModel
from tests.unit.live.model_server import serve as answer_as
from tests.unit.prober.photos import PROJECT, bring, samples
from tests.unit.smoke.stand_in import StandIn

MOST_MEGABYTES = 50


def test_health_follows_the_rounds() -> None:
    metrics = Metrics()
    with serve_metrics(metrics, 0) as port:
        for path in ("/healthz", "/metrics"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
                assert response.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/")
        metrics.last_end -= 301
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")


@contextmanager
def program(tmp_path: Path, url: str) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], dict[str, float]]]]:
    """Runs it as it is mounted, without site packages; gives the process, and what reads its metrics."""
    for folder, place in {"manifests/monitoring/prober": "prober", "tests/smoke": "tests/smoke"}.items():
        shutil.copytree(PROJECT / folder, tmp_path / "app" / place, ignore=shutil.ignore_patterns("__pycache__"))
    (port,) = free_ports(1)
    command = [sys.executable, "-S", "-B", "-u", "-m", "prober", url, "--port", str(port)]
    command += ["--golden", str(PROJECT / "manifests/base"), "--period", "2"]

    def read() -> dict[str, float]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as response:
                return samples(response.read().decode())
        except OSError:
            return {}

    with subprocess.Popen(command, cwd=tmp_path / "app", env={"PATH": os.environ["PATH"]}) as process:
        try:
            yield process, read
        finally:
            process.kill()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_the_program_needs_little_memory(server: StandIn, tmp_path: Path) -> None:
    """The standard library alone, with as many photos as a ConfigMap may have."""
    (tmp_path / "app").mkdir()
    bring(tmp_path / "app/photos", server, 50, size=9_990)
    with program(tmp_path, server.url) as (process, read):
        eventually(lambda: read().get("predictor_prober_photos{kind=labelled}") == 100, 60)
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert read()["predictor_prober_accuracy"] == 1
    (peak,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    assert peak < MOST_MEGABYTES * 1024


def test_the_server_hears_who_asks(tmp_path: Path) -> None:
    with answer_as(PhotoModel()) as server, program(tmp_path, server.url) as (_, read):
        eventually(lambda: server.agents, 60)
        eventually(lambda: read().get("predictor_prober_latency_seconds_count"), 60)
    assert set(server.agents) == {"predictor-prober"}
