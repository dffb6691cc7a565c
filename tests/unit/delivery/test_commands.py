"""The commands where nothing is installed: they answer for help, and need no package."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.delivery.clones import PROJECT, write_program

COMMANDS = ("release", "rollback", "propose", "verdict")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The project without an environment, and one Python that is found first and has no packages."""
    for name in ("hack", "argocd", "model/contract", "manifests", "tests/smoke"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "model/settings.py", tmp_path / "model")
    write_program(tmp_path / "programs", "python3", f'exec {sys.executable} -S "$@"')
    return tmp_path


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", COMMANDS)
def test_help(bare: Path, name: str, option: str) -> None:
    done = subprocess.run(
        [bare / "hack" / name, option], cwd="/", capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": f"{bare}/programs:/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"  hack/{name} " in done.stdout
    if name != "propose":
        assert "Exit status" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_another_project_in_the_current_folder_is_not_imported(bare: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere/hack/delivery").mkdir(parents=True)
    (tmp_path / f"elsewhere/hack/delivery/{name}.py").write_text("raise SystemExit('the wrong one')\n")
    done = subprocess.run(
        [bare / "hack" / name, "--help"], cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=False,
        env={"PATH": f"{bare}/programs:/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_no_python_that_is_new_enough(bare: Path) -> None:
    for name in ("python3", *(f"python3.{minor}" for minor in range(11, 15))):
        write_program(bare / "programs", name, "exit 1")
    done = subprocess.run(
        [bare / "hack/verdict"], capture_output=True, text=True, check=False,
        env={"PATH": f"{bare}/programs:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 2  # not 1, which means red
    assert "Python 3.11 or newer is needed and was not found" in done.stderr
