"""The last step of the demo, with the shipped model."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hack.serve_and_ask import choose_photos, main
from hack.server_process import free_ports, wait_ready
from tests.unit.photos import write_easy_photos

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Of a folder `photos` beside it: one photo is of another split, and one has a comma in its name."""
    write_easy_photos(tmp_path / "photos", 6)
    (tmp_path / "photos/cat/002.png").rename(tmp_path / "photos/cat/two, too.png")
    path = tmp_path / "manifest.csv"
    rows = [
        "cat/000.png,cat,train,a",
        '"cat/two, too.png",cat,test,b',
        "cat/004.png,cat,test,c",
        "dog/001.png,dog,test,d",
    ]
    path.write_text("\n".join(["file,class,split,sha256", *rows]) + "\n")
    return path


def test_photos_are_of_the_test_split(manifest: Path) -> None:
    folder = manifest.parent / "photos"
    assert choose_photos(manifest.parent, folder) == [
        folder / "cat/two, too.png",
        folder / "cat/004.png",
        folder / "dog/001.png",
    ]
    assert choose_photos(manifest.parent, folder, count=1) == [folder / "cat/two, too.png", folder / "dog/001.png"]


def test_a_server_that_ends_or_never_answers_is_not_ready() -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"]) as ends:
        assert not wait_ready(f"http://127.0.0.1:{free_ports(1)[0]}", ends, seconds=60)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as silent:
        assert not wait_ready(f"http://127.0.0.1:{free_ports(1)[0]}", silent, seconds=0.5)
        silent.kill()


def call(monkeypatch: pytest.MonkeyPatch, manifest: Path, model: Path) -> int:
    folder = manifest.parent
    arguments = [model, folder / "photos", folder, folder / "server.log"]
    monkeypatch.setattr(sys, "argv", ["serve_and_ask", *map(str, arguments)])
    return main()


def test_every_photo_gets_an_answer(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, manifest, PROJECT / "model.pt") == 0
    said = capfd.readouterr().out
    assert "two, too.png" in said
    assert "answered by revision" in said
    assert '"route":"predict","status":200' in (manifest.parent / "server.log").read_text()


def test_a_server_that_does_not_start(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, manifest, manifest.parent / "none.pt") == 1
    assert "the server did not become ready, see" in capfd.readouterr().err
    assert "there is no model file" in (manifest.parent / "server.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_server_too(number: int, manifest: Path) -> None:
    folder, server = manifest.parent, manifest.parent / "server"
    # stands for hack/serve: it says who it is, and is never ready
    program = f"import os, pathlib, time; pathlib.Path({str(server)!r}).write_text(str(os.getpid())); time.sleep(60)"
    code = (
        "import sys; from hack import serve_and_ask as it; it.HACK = it.Path(sys.argv[1]).parent; sys.exit(it.main())"
    )
    (folder / "serve").write_text(f"#!{sys.executable}\n{program}\n")
    (folder / "serve").chmod(0o755)
    arguments = [str(folder / name) for name in ("model.pt", "photos", "", "server.log")]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=PROJECT) as run:
        while not (server.exists() and server.read_text()):
            assert run.poll() is None
        run.send_signal(number)
    assert run.returncode == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int(server.read_text()), 0)
