"""What the commands say to a mistake: one sentence, exit status 1, nothing half-written."""

import re
import subprocess
import sys

import pytest

import model.evaluate
import model.export
import model.fetch
import model.prepare
import model.register
import model.train
from tests.unit.photos import encoded, landscape, write_easy_photos


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working folder with the project's params.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("prepare: {size: 48, validation: 0.2, test: 0.2}\n")
    return tmp_path


def one_sentence(text: str) -> bool:
    return text.startswith("error: ") and "\n" not in text and "Traceback" not in text


@pytest.mark.parametrize(
    ("module", "arguments", "sentence"),
    [
        (model.prepare, "none out", "error: there is no folder none"),
        (model.prepare, "empty out", "error: empty has no photos of a cat: put them into empty/cat"),
        (model.prepare, "dogs out", "error: dogs has no photos of a cat: put them into dogs/cat"),
        (model.prepare, "useless out", "error: useless has too few photos: none of a cat fell into the train split"),
        (model.prepare, "photos out --params none.yaml", "error: none.yaml cannot be read: No such file or directory"),
        (model.fetch, "none out", "error: there is no folder none"),
        (model.train, "none out", "error: none has no prepared photos: run python -m model.prepare first"),
        (model.evaluate, "checkpoint none.pt photos prepared out", "error: there is no checkpoint none.pt: run"),
        (model.evaluate, "checkpoint words.pt photos prepared out", "error: words.pt is not a checkpoint"),
        (model.evaluate, "file none.pt photos", "error: there is no model file none.pt"),
        (model.evaluate, "file words.pt photos", "error: words.pt is not a model that model.export wrote"),
        (model.export, "none.pt none.json prepared out.pt", "error: there is no none.json: run"),
        (model.register, "none none none none", "error: there is no none/mlflow-run"),
    ],
)  # fmt: skip
def test_mistakes(module, arguments, sentence, command, place):
    (place / "empty").mkdir()
    write_easy_photos(place / "dogs", 2)
    (place / "dogs" / "cat").rename(place / "cats")
    (place / "useless" / "cat").mkdir(parents=True)
    (place / "useless" / "dog").mkdir()
    (place / "useless" / "cat" / "words.jpg").write_text("no photo")
    (place / "useless" / "dog" / "empty.jpg").touch()
    (place / "words.pt").write_text("words")
    before = sorted(place.rglob("*"))
    said = command(module, *arguments.split())
    assert said.startswith(sentence)
    assert one_sentence(said)
    assert [path for path in sorted(place.rglob("*")) if path not in before and path.name != "out"] == []
    assert not (place / "out").is_dir() or not any((place / "out").iterdir())


def test_evaluation_of_a_folder_without_cats(command, place, exported):
    write_easy_photos(place / "photos", 4)
    for photo in (place / "photos" / "cat").iterdir():
        photo.write_bytes(encoded(landscape(300, 200))[:2000])
    said = command(model.evaluate, "file", exported, "photos", "--out", "out")
    assert said == "error: photos has no readable photo of a cat"
    assert not (place / "out").exists()


def test_a_real_process_exits_with_1_and_one_line(tmp_path, pytestconfig):
    """The words reach stderr, without a traceback, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "model.prepare", "none", tmp_path / "out"],
        cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: there is no folder none\n")


def test_the_happy_path_says_where_things_are(command, place, photos, exported, capsys):
    assert command(model.prepare, photos, "prepared") == ""
    out = capsys.readouterr().out
    assert re.fullmatch(r"prepared: train \d+, validation \d+, test \d+\ndropped: 0 unreadable, 0 duplicate\n", out)
    assert command(model.evaluate, "file", exported, photos, "--out", "out") == ""
    assert "72 photos of" in capsys.readouterr().out
    assert (place / "out" / "report.txt").exists()
