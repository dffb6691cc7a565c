"""A mistake of the user gets one sentence and exit status 1, and leaves nothing half-written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.conftest import Command
from tests.unit.photos import encoded, landscape, write_easy_photos


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with the project's params.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("prepare: {size: 48, validation: 0.2, test: 0.2}\n")
    return tmp_path


def one_sentence(text: str) -> bool:
    return text.startswith("error: ") and "\n" not in text and "Traceback" not in text


@pytest.mark.parametrize(
    ("step", "arguments", "sentence"),
    [
        ("prepare", "none out", "error: there is no folder none"),
        ("prepare", "empty out", "error: empty has no photos: put those of each class into"),
        ("prepare", "dogs out", "error: dogs has photos of only one class, dog: a model"),
        ("prepare", "useless out", "error: useless has no photo of the class cat that can be used: 1 left out"),
        ("prepare", "photos out --params none.yaml", "error: none.yaml cannot be read: No such file or directory"),
        ("fetch", "none out", "error: there is no folder none"),
        ("train", "none out", "error: none has no prepared photos: run python -m model.prepare first"),
        ("evaluate", "checkpoint none.pt photos prepared out", "error: there is no checkpoint none.pt: run"),
        ("evaluate", "checkpoint words.pt photos prepared out", "error: words.pt is not a checkpoint"),
        ("evaluate", "file none.pt photos", "error: there is no model file none.pt"),
        ("evaluate", "file words.pt photos", "error: words.pt is not a model that model.export wrote"),
        ("export", "none.pt none.json prepared out.pt", "error: there is no none.json: run"),
        ("export", "none.pt words.pt prepared out.pt", "error: words.pt is not metrics.json of python -m"),
        ("register", "none none none none", "error: there is no none/mlflow-run"),
    ],
)  # fmt: skip
def test_mistakes(step: str, arguments: str, sentence: str, command: Command, place: Path) -> None:
    (place / "empty").mkdir()
    write_easy_photos(place / "dogs", 2)
    (place / "dogs" / "cat").rename(place / "cats")
    (place / "useless" / "cat").mkdir(parents=True)
    (place / "useless" / "dog").mkdir()
    (place / "useless" / "cat" / "words.jpg").write_text("no photo")
    (place / "useless" / "dog" / "empty.jpg").touch()
    (place / "words.pt").write_text("words")
    before = sorted(place.rglob("*"))
    message = command(step, *arguments.split())
    assert message.startswith(sentence)
    assert one_sentence(message)
    assert [path for path in sorted(place.rglob("*")) if path not in before and path.name != "out"] == []
    assert not (place / "out").is_dir() or not any((place / "out").iterdir())


def test_evaluation_of_a_folder_without_cats(command: Command, place: Path, exported: Path) -> None:
    write_easy_photos(place / "photos", 4)
    for photo in (place / "photos" / "cat").iterdir():
        photo.write_bytes(encoded(landscape(300, 200))[:2000])
    message = command("evaluate", "file", exported, "photos", "--out", "out")
    assert message == "error: photos has no readable photo of the class cat"
    assert not (place / "out").exists()


def test_a_real_process_exits_with_1_and_one_line(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """The sentence reaches stderr, without a traceback, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "model.prepare", "none", tmp_path / "out"],
        cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: there is no folder none\n")


def test_a_success_says_what_was_made(
    command: Command, place: Path, photos: Path, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("prepare", photos, "prepared") == ""
    out = capsys.readouterr().out
    assert re.fullmatch(
        r"prepared: train \d+, validation \d+, test \d+\n2 classes: cat 36, dog 36\n"
        r"left out: 0 ignored, 0 unreadable, 0 duplicate, 0 in two classes\n",
        out,
    )
    assert command("evaluate", "file", exported, photos, "--out", "out") == ""
    assert "72 photos of" in capsys.readouterr().out
    assert (place / "out" / "report.txt").exists()
