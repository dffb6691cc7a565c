"""No command of model/ replaces anything but what the same command made, whatever it is told to write to."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.conftest import Command
from tests.unit.everything import everything

PARAMS = """prepare: {size: 48, validation: 0.2, test: 0.2}
train: {crop: 32, size: 48, epochs: 1, batch_size: 8, distillation: 1.0, views: 2}
export: {size: 48}
"""
# OUT stands for the output
FOLDERS = {
    "prepare": "prepare photos OUT",
    "teach": "teach prepared teacher/best.pt OUT",
    "train": "train prepared OUT --answers answers",
    "evaluate checkpoint": "evaluate checkpoint train/best.pt photos prepared OUT",
    "evaluate file": "evaluate file model.pt photos --out OUT",
    "fetch": "fetch photos OUT",
}
FILES = {
    "export": "export train/best.pt evaluation/metrics.json prepared OUT",
    "accept": "accept model.pt baseline.pt --report OUT",
}
INPUTS = ("photos", "prepared", "teacher", "answers", "train", "evaluation", "model.pt", "baseline.pt")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of MLflow's store: MLflow keeps a connection per address, so a relative one stays a past test's."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture
def mine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos: Path, prepared: Path, trained: Path, answers: Path,
    evaluated: Path, exported: Path, store: str,
) -> Path:  # fmt: skip
    """A person's working folder, with all inputs, links to them, and files that no command made."""
    folder = tmp_path / "home" / "mine"
    folders = {"photos": photos, "prepared": prepared, "teacher": trained, "train": trained, "answers": answers}
    for name, made in (folders | {"evaluation": evaluated}).items():
        shutil.copytree(made, folder / name)
    for name in ("model.pt", "baseline.pt"):
        shutil.copy(exported, folder / name)
    (folder / "params.yaml").write_text(PARAMS)
    (folder / "notes").mkdir()
    for name in ("notes/summary.json", "notes.txt", "mlflow.txt"):
        (folder / name).write_text("{}")
    for name in ("photos", "prepared", "notes", "notes.txt", "model.pt", "nowhere"):
        (folder / f"link-to-{name}").symlink_to(folder / name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    return folder


def places(line: str) -> list[str]:
    """Where a command must not write to: inputs, what is in and above them, links, and what is somebody's."""
    inputs = [word for word in line.split()[1:] if word.split("/")[0] in INPUTS]
    of_inputs = [f"{name}{more}" for name in inputs for more in ("", "/new", "/../new/..")]
    links = ["link-to-photos/cat", "link-to-prepared", "link-to-notes", "link-to-notes.txt", "link-to-nowhere"]
    return [*of_inputs, *links, ".", "..", "../mine", "photos/cat", "/", "notes", "notes.txt", "notes.txt/new"]


@pytest.mark.parametrize("name", FOLDERS | FILES)
def test_what_is_not_the_commands_own_is_refused_and_stays(name: str, mine: Path, command: Command) -> None:
    line = (FOLDERS | FILES)[name]
    before = everything(mine.parent)
    for place in places(line):
        message = command(*(place if word == "OUT" else word for word in line.split()))
        assert message.startswith(f"error: the output {Path(place)} "), place
        assert "\n" not in message
        assert everything(mine.parent) == before, place


@pytest.mark.parametrize("name", sorted(set(FOLDERS) - {"fetch"}))
def test_a_folder_of_an_earlier_run_is_replaced_unless_something_was_put_into_it(
    name: str, mine: Path, command: Command
) -> None:
    words = ["new" if word == "OUT" else word for word in FOLDERS[name].split()]
    (mine / "new").mkdir()
    assert command(*words) == ""
    made = {path.name for path in (mine / "new").iterdir()}
    (mine / "new/.DS_Store").write_text("left by a file manager")
    assert command(*words) == ""
    assert {path.name for path in (mine / "new").iterdir()} - {".DS_Store"} == made
    assert not list(mine.glob(".new*"))
    (mine / "new/thoughts.txt").write_text("mine")
    before = everything(mine / "new")
    message = command(*words)
    assert message.startswith("error: the output new holds files that are not this command's to replace: name another")
    assert everything(mine / "new") == before


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_an_earlier_run_is_replaced(name: str, mine: Path, command: Command) -> None:
    words = ["new" if word == "OUT" else word for word in FILES[name].split()]
    for _ in range(2):
        command(*words)  # accept may find that this busy machine ran one of the two equal files slower
    text = (mine / "new").read_bytes()
    assert b"metadata.json" in text or text.startswith(b"| on ")
    assert not list(mine.glob(".new*"))


def test_photos_are_copied_once_and_never_replaced(mine: Path, command: Command) -> None:
    assert command("fetch", "photos", "copies") == ""
    before = everything(mine)
    assert command("fetch", "photos", "copies").startswith("error: the output copies holds files")
    assert everything(mine) == before


def test_folders_that_resemble_an_output_stay(mine: Path, command: Command) -> None:
    """The names of the files are not enough."""
    for name, source in (("a", "prepared"), ("b", "evaluation"), ("c", "train")):
        (mine / name).mkdir()
        for path in (mine / source).iterdir():
            (mine / name / path.name).write_text("mine")
    shutil.copytree(mine / "prepared", mine / "d")
    (mine / "d/summary.json").unlink()
    (mine / "d/summary.json").symlink_to(mine / "prepared/summary.json")
    before = everything(mine)
    lines = [FOLDERS["prepare"], FOLDERS["evaluate file"], FOLDERS["train"], FOLDERS["prepare"]]
    for line, place in zip(lines, "abcd", strict=True):
        assert "not this command's to replace" in command(*line.replace("OUT", place).split())
    assert everything(mine) == before


def test_a_place_that_cannot_be_written_is_named(mine: Path, command: Command) -> None:
    message = command("prepare", "photos", "notes.txt/new")
    assert (
        message == f"error: the output notes.txt/new lies in {mine / 'notes.txt'}, which is a file: name another place"
    )


@pytest.mark.parametrize("file", ["notes.txt", "notes.db", "notes", "lab.db"])
def test_somebody_elses_data_base_is_not_a_store(
    file: str, mine: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite3.connect(mine / "notes.db")
    store.execute("PRAGMA journal_mode = wal")  # with it also a reader makes files beside
    store.execute("CREATE TABLE thoughts (text)")
    store.close()
    store = sqlite3.connect(mine / "lab.db")
    store.execute("CREATE TABLE experiments (id, title)")  # MLflow has one of that name
    store.close()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    before = everything(mine)
    assert command("compare").startswith(f"error: {file} is not a store of MLflow: name another file")
    assert everything(mine) == before
    assert command("train", "prepared", "new", "--answers", "answers").startswith(
        f"error: {file} is not a store of MLflow"
    )


HANGS = """
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from model.output import new_file, new_folder
with new_folder(Path("out"), lambda _: True, []) as folder, new_file(Path("a"), lambda _: True, []) as a:
    (folder / "file").write_text("new")
    a.write_text("new")
    print("written", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_leaves_what_was_there(
    how: signal.Signals, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    (tmp_path / "out").mkdir()
    for name in ("out/file", "a"):
        (tmp_path / name).write_text("old")
    environment = {"PYTHONPATH": str(pytestconfig.rootpath)}
    with subprocess.Popen([sys.executable, "-c", HANGS], cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as run:
        assert run.stdout
        assert run.stdout.readline() == b"written\n"
        run.send_signal(how)
    assert run.returncode
    assert [(tmp_path / name).read_text() for name in ("out/file", "a")] == ["old", "old"]
    # what was half-written goes away where the process lives long enough for that
    left = {path.name for path in tmp_path.iterdir() if how == signal.SIGINT or path.name[0] != "."}
    assert left == {"out", "a"}


def test_a_training_that_was_killed_while_it_wrote_goes_on(mine: Path, command: Command) -> None:
    (mine / "train/.last.pt-0123abcd").write_text("half")
    assert command("train", "prepared", "train", "--answers", "answers", "--resume") == ""
    assert not (mine / "train/.last.pt-0123abcd").exists()
