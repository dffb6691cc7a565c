"""hack/install says what it installs; uv is quiet where there is no terminal."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.delivery.clones import PROJECT, write_program

PYTHON = """case $* in
  *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; cp ../uv .venv/bin/uv ;;
  "-m pip --version") [[ -x .venv/bin/uv ]] ;;
esac"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project, and stand-ins for Python and uv."""
    folder = tmp_path / "project"
    for name in ("hack", "manifests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "predictor").mkdir()
    for name in ("requirements.txt", "requirements-torch.txt", "predictor/requirements.txt"):
        (folder / name).touch()
    write_program(tmp_path, "uv", f'echo "$*" >> {tmp_path}/calls')
    write_program(tmp_path, "python", PYTHON)
    return folder


def install(project: Path, stderr: int) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"PYTHON": str(project.parent / "python")}
    variables.pop("TORCH_BACKEND", None)  # with it, PyTorch's own index is not tried
    return subprocess.run([project / "hack/install"], env=variables, text=True, stderr=stderr, timeout=60, check=True)


def calls(project: Path) -> list[str]:
    """How uv was called."""
    return (project.parent / "calls").read_text().splitlines()


def test_three_steps(project: Path) -> None:
    _, *steps, last = install(project, subprocess.PIPE).stderr.splitlines()
    assert [step.partition(":")[2].split(":")[0].strip() for step in steps] == ["1/3", "2/3", "3/3"]
    assert last == "install: done"
    assert [call.startswith("--quiet pip ") for call in calls(project)] == [True] * 3
    assert install(project, subprocess.PIPE).stderr == ""


def test_on_a_terminal_uv_says_what_it_does(project: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        install(project, theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert [call.startswith("--quiet") for call in calls(project)] == [
        True,
        False,
        False,
    ]  # the first one's log is kept
