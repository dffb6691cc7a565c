"""The commands of hack/ that write a folder remove nothing that they did not make."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.everything import everything

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the commands, with a person's photos and files in the places that they write to."""
    for name in ("hack", "manifests"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("runs/demo/photos/cat", "runs/demo/photos/dog", "mine/cat", "mine/dog", "notes"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.jpg").write_text("precious")
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "runs/demo/photos")
    (tmp_path / "linked-class").mkdir()
    (tmp_path / "linked-class/cat").symlink_to(tmp_path / "runs/demo/photos/cat")
    return tmp_path


def mark(folder: Path, command: str) -> None:
    files = sorted(f"./{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file())
    (folder / f".made-by-{command}").write_text("\n".join(["./.made-by-" + command, *files]) + "\n")


def refused(project: Path, *command: str) -> str:
    before = everything(project)
    done = subprocess.run(
        [project / "hack" / command[0], *command[1:]],
        cwd=project, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2  # what is wrong, and what to do next
    assert everything(project) == before
    return done.stderr


@pytest.mark.parametrize("place", ["runs/demo/photos", "runs/demo", "runs", ".", "link", "link/..", "linked-class"])
def test_photos_in_the_demos_own_folder_are_refused(place: str, project: Path) -> None:
    mark(project / "runs/demo", "demo")
    assert "lie in one another" in refused(project, "demo", "--data", place)


def test_a_demo_folder_with_somebodys_files_stays(project: Path) -> None:
    assert "runs/demo has photos/cat/1.jpg in it" in refused(project, "demo", "--data", "mine")
    mark(project / "runs/demo", "demo")
    (project / "runs/demo/photos/cat/mine.jpg").write_text("added by hand")
    assert "runs/demo has photos/cat/mine.jpg in it" in refused(project, "demo")


@pytest.mark.parametrize("place", ["notes", "mine", ".", "notes.txt", "link"])
def test_a_diagnosis_goes_to_a_folder_of_its_own(place: str, project: Path) -> None:
    assert refused(project, "diagnose", place)


def test_an_environment_that_somebody_else_made_stays(project: Path) -> None:
    """uv makes them without pip."""
    (project / ".venv").mkdir()
    (project / ".venv/pyvenv.cfg").write_text("uv = 0.13.9")
    assert ".venv is not one that hack/install made" in refused(project, "install")


@pytest.mark.parametrize("place", ["notes", "notes.txt", "link"])
def test_a_list_of_an_image_replaces_only_such_a_list(place: str, project: Path) -> None:
    assert refused(project, "scan-image", "image@sha256:0", place)
