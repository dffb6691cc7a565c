"""Photos that are fetched are kept by DVC: an older commit's come back from the remote, bit for bit."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.unit.conftest import Command
from tests.unit.photos import encoded, landscape, write_easy_photos


def git(*args: str) -> None:
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@e", *args], check=True, capture_output=True)


def dvc(*args: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *args, "-q"], check=True, capture_output=True)


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with DVC in it."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    git("init", "-q")
    dvc("init")
    (tmp_path / "project" / ".gitignore").write_text("/data/photos/\n/runs/\n")
    git("add", "-A")
    git("commit", "-qm", "start")
    return tmp_path / "project"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket in an S3-like store, which was just started."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="photos")
    yield "s3://photos/catdog"
    server.stop()


@pytest.fixture(params=["folder", "S3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return tmp_path / "store" if request.param == "folder" else request.getfixturevalue("bucket")


def test_photos_of_an_older_commit_come_back(project: Path, command: Command, tmp_path: Path, remote: Any) -> None:
    photos = project / "data" / "photos"
    write_easy_photos(tmp_path / "mine", 6)
    assert command("fetch", tmp_path / "mine", "data/photos") == ""
    first = content(photos)
    dvc("remote", "add", "-d", "store", str(remote))
    git("add", "-A")
    git("commit", "-qm", "last year's photos")
    assert not subprocess.run(["git", "ls-files", "data/photos/"], check=True, capture_output=True).stdout
    dvc("push")

    shutil.rmtree(photos)
    (tmp_path / "mine" / "dog" / "new.jpg").write_bytes(encoded(landscape(40, 30, 9)))
    (tmp_path / "mine" / "cat" / "000.png").unlink()
    assert command("fetch", tmp_path / "mine", "data/photos") == ""
    second = content(photos)
    git("commit", "-qam", "this year's photos")
    dvc("push")

    assert second != first
    for commit, expected in (("HEAD", second), ("HEAD~1", first)):
        shutil.rmtree(photos)
        shutil.rmtree(project / ".dvc" / "cache")
        git("checkout", commit, "--", "data/photos.dvc")
        dvc("pull")
        assert content(photos) == expected


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("data/photos", "versioned: commit data/photos.dvc, and keep the photos somewhere with dvc push"),
        ("runs/photos", "not versioned: git ignores runs/photos.dvc"),
        ("../photos", "not versioned: ../photos is not in a folder with DVC (dvc init)"),
    ],
)
def test_what_is_said(
    project: Path, command: Command, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("fetch", "sample", out, "--count", "4") == ""
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{out}: 4 of cat, 4 of dog"
    assert said[-1].startswith(sentence)
    assert (project / f"{out}.dvc").exists() == sentence.startswith("versioned")


def test_photos_stay_where_dvc_refuses(project: Path, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "dvc.yaml").write_text("stages: {make: {cmd: make, outs: [data]}}")
    assert command("fetch", "sample", "data/photos", "--count", "4") == ""
    assert "not versioned, dvc add failed: " in capsys.readouterr().out
    assert len(content(project / "data" / "photos")) == 8
