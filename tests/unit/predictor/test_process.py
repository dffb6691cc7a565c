import json
import subprocess
import sys
from pathlib import Path

import pytest

from predictor.process import available_cores


@pytest.fixture(autouse=True)
def many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),  # a part of a core counts as one
        ("50000 100000\n", 1),
        ("1000 100000\n", 1),
        ("6400000 100000\n", 16),  # at most what the affinity mask allows
        ("max 100000\n", 16),
        ("nonsense\n", 16),
        ("", 16),
    ],
)
def test_version_2(tmp_path: Path, text: str, cores: int) -> None:
    assert available_cores(write(tmp_path, cpu_dot_max=text)) == cores


@pytest.mark.parametrize(
    ("quota", "period", "cores"),
    [("300000", "100000", 3), ("250000", "100000", 3), ("-1", "100000", 16), ("100000", "0", 16), ("x", "100000", 16)],
)
def test_version_1(tmp_path: Path, quota: str, period: str, cores: int) -> None:
    write(tmp_path, cpu__cpu_dot_cfs_quota_us=quota, cpu__cpu_dot_cfs_period_us=period)
    assert available_cores(tmp_path) == cores


def test_version_2_comes_first(tmp_path: Path) -> None:
    write(
        tmp_path, cpu_dot_max="400000 100000", cpu__cpu_dot_cfs_quota_us="100000", cpu__cpu_dot_cfs_period_us="100000"
    )
    assert available_cores(tmp_path) == 4


def test_no_cgroup(tmp_path: Path) -> None:
    assert available_cores(tmp_path) == 16


def test_mask_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3}, raising=False)
    assert available_cores(tmp_path) == 1


def test_no_mask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS has none."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    assert available_cores(tmp_path) == 5


def test_a_server_starts_without_the_modules_that_it_does_not_use_and_later_imports_work() -> None:
    program = """
import json, sys
from predictor.process import UNUSED_MODULES, quick_imports
with quick_imports():
    import torch
    from predictor.assembly import build_server
print(json.dumps([name for name in UNUSED_MODULES if name in sys.modules]))
import fastapi.responses, grpc, httpx, kserve, torch.distributions
assert issubclass(grpc.aio.AioRpcError, grpc.RpcError)
assert kserve.V1beta1InferenceService().kind is None
assert issubclass(httpx.ConnectError, httpx.HTTPError)
assert fastapi.FastAPI().title == "FastAPI"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
