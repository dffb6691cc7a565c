"""hack/train in a clone, all for real but the installation: from photos in DVC's remote to a judged model."""

import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from tests.unit.conftest import TRAIN
from tests.unit.delivery.clones import GIT, PROJECT, write_program
from tests.unit.photos import write_easy_photos

SECONDS = 400  # it takes a quarter of them; the machine may be busy
PARAMS = {
    "prepare": {"size": 48, "validation": 0.2, "test": 0.2},  # as the baseline's
    "train": asdict(TRAIN),
    "teacher": {"epochs": 1},  # DVC wants to see its section; train.distillation is 0, so there is none
    "export": {"size": 48},
}
OTHERS = ("SERVING_", "MLFLOW_", "AWS_")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
ENVIRONMENT |= GIT | {
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    "OMP_NUM_THREADS": "1",
}


def call(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT | more, timeout=SECONDS, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def do(folder: Path, *command: str) -> None:
    done = call(folder, *command)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for DVC to keep photos in."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory, photos: Path, exported: Path, store: Path) -> Path:
    """A repository whose main has a model and names its photos. Those are in DVC's remote and nowhere else."""
    main = tmp_path_factory.mktemp("main")
    for name in ("hack", "model", "manifests", "argocd/steward"):
        shutil.copytree(PROJECT / name, main / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".gitignore"):
        shutil.copy(PROJECT / name, main)
    shutil.copy(exported, main / "model.pt")
    (main / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    write_program(main / "hack", "install", "exit 0")
    do(main, "git", "init", "-q", "-b", "main")
    do(main, "dvc", "init", "-q")
    shutil.copytree(photos, main / "data/photos")
    do(main, "dvc", "add", "-q", "data/photos")
    do(main, "git", "add", "-A")
    do(main, "git", "commit", "-qm", "A model and its photos")
    do(main, "dvc", "remote", "add", "-q", "--local", "-d", "here", str(store))
    do(main, "dvc", "push", "-q", "data/photos")
    shutil.rmtree(main / "data/photos")
    shutil.rmtree(main / ".dvc/cache")
    return main


@pytest.fixture
def clone(main: Path, tmp_path: Path) -> Path:
    """A runner's checkout of it."""
    do(tmp_path, "git", "clone", "-q", str(main), "clone")
    return tmp_path / "clone"


def test_from_the_photos_of_a_commit_to_a_judged_model(clone: Path, store: Path) -> None:
    done = call(clone, "hack/train", SERVING_DVC_REMOTE=str(store), AWS_ACCESS_KEY_ID="", MLFLOW_TRACKING_URI="")
    assert "It is going to be compared on 15 of the baseline's 15 test photos." in done.stdout, done.stdout
    assert (clone / "runs/proposal/report.md").exists(), done.stdout
    report = (clone / "runs/proposal/report.md").read_text()
    assert report.startswith("| on 15 shared test photos |")
    assert "McNemar's exact test: p = 1, no more than chance." in report
    assert "photos right" not in report.partition("Refused:")[2]  # the same training; a busy machine may find it slower
    assert (done.returncode == 0) == ("The candidate may replace the baseline." in report)
    made = {path.name for path in (clone / "runs/proposal").iterdir()}
    assert made >= {"model.pt", "dvc.lock", "report.md", "confusion.png", "mistakes.png"}
    pointer = yaml.safe_load((clone / "data/photos.dvc").read_text())["outs"][0]["md5"]
    stages = yaml.safe_load((clone / "runs/proposal/dvc.lock").read_text())["stages"]
    assert pointer in {each["md5"] for each in stages["prepare"]["deps"]}
    changed = call(clone, "git", "status", "--short").stdout.split()[1::2]
    assert set(changed) == {"model.pt", "dvc.lock"}
    assert (clone / "runs/proposal/photos.dvc").read_bytes() == (clone / "data/photos.dvc").read_bytes()
    check_that_it_is_not_trained_again(clone, store)


def check_that_it_is_not_trained_again(clone: Path, store: Path) -> None:
    """Commits the model, takes away all that a runner does not have, and trains."""
    do(clone, "git", "add", "-A")
    do(clone, "git", "commit", "-qm", "Merge the proposal")
    for folder in ("runs", "data/photos", "data/prepared", "data/answers", ".dvc/cache"):
        shutil.rmtree(clone / folder, ignore_errors=True)
    done = call(clone, "hack/train", SERVING_DVC_REMOTE=str(store))
    assert done.returncode == 0, done.stdout
    assert "these photos, this code and these parameters: nothing is trained" in done.stdout
    assert not (clone / "runs/train").exists()
    assert call(clone, "git", "status", "--short").stdout == ""


def test_photos_without_the_baselines_test_photos_are_not_trained_on(clone: Path, tmp_path: Path) -> None:
    write_easy_photos(tmp_path / "few", 20)
    done = call(clone, "hack/train", str(tmp_path / "few"))
    assert done.returncode == 1
    assert "of the baseline's 15 test photos are among these, so no model of them can be compared" in done.stdout
    assert not (clone / "runs/train").exists()


def test_a_remote_that_does_not_have_them(clone: Path, tmp_path: Path) -> None:
    done = call(clone, "hack/train", SERVING_DVC_REMOTE=str(tmp_path / "elsewhere"))
    assert done.returncode == 1
    assert "the photos of data/photos.dvc are not there" in done.stdout
    assert "Traceback" not in done.stdout
