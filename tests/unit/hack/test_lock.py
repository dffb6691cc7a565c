"""hack/lock does not go on where uv fails."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.delivery.clones import PROJECT, write_program

TORCH = "echo torch==2.0; echo nvidia-cublas==1; echo jinja2==3"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("hack", "manifests"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    write_program(tmp_path / "hack", "install", "exit 0")
    (tmp_path / ".venv").mkdir()
    return tmp_path


def lock(project: Path, uv: str) -> tuple[int, list[str]]:
    """Exit status of hack/lock with a stand-in for uv, and how that was called."""
    write_program(project / ".venv/bin", "uv", f'echo "$*" >> {project}/calls; {uv}')
    status = subprocess.run([project / "hack/lock"], capture_output=True, timeout=60, check=False).returncode
    return status, (project / "calls").read_text().splitlines()


def test_a_uv_that_fails_ends_it(project: Path) -> None:
    status, calls = lock(project, f"{TORCH}; exit 2")
    assert (status, len(calls)) == (2, 1)


def test_torch_and_what_it_needs_for_a_gpu_are_left_out(project: Path) -> None:
    status, calls = lock(project, TORCH)
    assert (status, len(calls)) == (0, 3)
    assert "--no-emit-package torch --no-emit-package nvidia-cublas requirements-torch.txt" in calls[1]
