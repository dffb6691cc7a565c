"""hack/feedback: answers and labels find each other, and nothing is counted that is not sure."""

import io
import json
import sys
from pathlib import Path

import pytest

from hack.delivery.command import CommandError
from hack.live import feedback
from tests.unit.delivery.clones import write_program

OLD, NEW = "1" * 40, "2" * 40


def line(request_id: str, *labels: str, revision: str = NEW) -> str:
    entry = {"request_id": request_id, "route": "predict", "revision": revision, "model_version": "a1ae02ffea76"}
    return json.dumps(entry | ({"labels": labels} if labels else {"error": "not a photo"})) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.jsonl"
    path.write_text(
        "INFO: started\n"
        + line("a", "cat")
        + f"[pod/catdog-1/kserve-container] {line('b', 'dog')}"
        + line("old", "dog", revision=OLD)
        + line("several-3", "cat", "dog")
        + line("shed")
        + line("shed", "cat")  # the client tried again
        + line("twice", "cat")
        + line("twice", "dog")
        + line("c-7", "cat")
    )
    return path


def write_labels(folder: Path, *rows: str) -> Path:
    (folder / "labels.csv").write_text("\n".join(["\ufeffid,label,who", *rows]) + "\n", "utf-8")
    return folder / "labels.csv"


def test_live_accuracy_by_version(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        "a,cat,me", "b, Cat ,me", "old,dog,me", "several-3-0,cat,", "several-3-1,cat,", "shed,cat,", "c-7,cat,me",
        "none,cat,", "several-3,cat,", "several-3-2,dog,", "twice,cat,", "a,cat,you", "x,cat,", "x,dog,",
        ",cat,", "y,,", "z,../cat,", "short",
    ]  # fmt: skip
    assert feedback.main([str(log), str(write_labels(tmp_path, *rows))]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "revision      model           photos     right   accuracy  95 % interval",
        "222222222222  a1ae02ffea76         6         4    66.67 %  30.00 % to 90.32 %",
        "111111111111  a1ae02ffea76         1         1   100.00 %  20.65 % to 100.00 %",
        "all                                7         5    71.43 %  35.89 % to 91.78 %",
    ]
    for words in (
        "3 ids were not found in the log",
        "2 ids are doubled, in the log or with two labels in the CSV",
        "1 rows of the CSV say again what another says",
        "4 rows of the CSV are malformed",
        "1 lines of the log are not of a request",
    ):
        assert words in said.err


def test_one_photo_with_two_names_and_two_labels_counts_for_neither(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = write_labels(tmp_path, "a,cat,", "a-0,dog,", "b,fox,", "b-0,fox,")
    assert feedback.main([str(log), str(labels)]) == 0
    said = capsys.readouterr()
    assert "222222222222  a1ae02ffea76         1         0     0.00 %" in said.out
    assert "1 ids are doubled" in said.err
    assert "labels that no answer in the log has, and so count as wrong: fox" in said.err


def test_several_logs_and_stdin(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line("d", "dog").encode())))
    assert feedback.main([str(log), "-", str(write_labels(tmp_path, "d,dog,", "a,cat,"))]) == 0
    assert "  2         2   100.00 %" in capsys.readouterr().out


def keep(folder: Path, request_id: str, index: int, photo: bytes = b"photo") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{request_id}-{index}.jpg").write_bytes(photo)
    (folder / f"{request_id}-{index}.json").write_text(
        json.dumps({"request_id": request_id, "index": index, "label": "cat", "confidence": 0.6, "unsure": True})
    )


def test_kept_photos_become_training_data(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, into = tmp_path / "kept", tmp_path / "new photos"
    for number, (request_id, index) in enumerate(
        [("a", 0), ("b", 0), ("several-3", 0), ("several-3", 1), ("twice", 0)]
    ):
        keep(kept, request_id, index, bytes([number]))
    (kept / "b-0.jpg").unlink()
    (kept / "words.json").write_text("[]")
    labels = write_labels(tmp_path, "a,Dog,", "b,cat,", "several-3-1,cat,")
    command = [str(log), str(labels), "--photos", str(kept), "--into", str(into)]
    for words in ("2 photos copied into", "0 photos copied into"):
        assert feedback.main(command) == 0
        assert words in (said := capsys.readouterr().out)
    assert "2 were there already" in said
    assert "2 kept photos have no label" in said
    assert "2 kept photos are without their file, or their description" in said
    assert f"dvc add '{into}' && git add '{into}.dvc'" in said
    found = {str(path.relative_to(into)): path.read_bytes() for path in into.rglob("*") if path.is_file()}
    assert found == {"dog/a-0.jpg": b"\0", "cat/several-3-1.jpg": b"\3"}


def test_a_folder_with_classes_gets_no_new_one_and_no_photo_is_replaced(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, into = tmp_path / "kept", tmp_path / "photos"
    keep(kept, "a", 0)
    keep(kept, "b", 0)
    (into / "Cat").mkdir(parents=True)
    labels = write_labels(tmp_path, "a,cat,", "b,dgo,")
    command = [str(log), str(labels), "--photos", str(kept), "--into", str(into)]
    assert feedback.main(command) == 0
    assert f"1 kept photos have a label that is no class of {into}" in capsys.readouterr().out
    assert [str(path.relative_to(into)) for path in into.rglob("*")] == ["Cat", "Cat/a-0.jpg"]
    keep(kept, "a", 0, b"another")
    with pytest.raises(CommandError, match=r"Cat/a-0.jpg is another photo than"):
        feedback.main(command)
    assert (into / "Cat/a-0.jpg").read_bytes() == b"photo"


def test_dvc_is_run_where_that_is_asked_for(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path / "kept", "a", 0)
    command = [str(log), str(write_labels(tmp_path, "a,cat,")), "--photos", str(tmp_path / "kept"), "--add"]
    command += ["--into", str(tmp_path / "photos")]
    monkeypatch.setattr(feedback, "PROJECT", tmp_path)
    (tmp_path / ".venv").mkdir()
    write_program(tmp_path / ".venv/bin", "dvc", f'echo "$@"; [[ ! -e {tmp_path}/fails ]]')
    assert feedback.main(command) == 0
    assert f"add {tmp_path}/photos" in capfd.readouterr().err
    (tmp_path / "fails").touch()
    with pytest.raises(CommandError, match=r"dvc add .* fails"):
        feedback.main(command)
    (tmp_path / ".venv/bin/dvc").unlink()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="dvc is missing"):
        feedback.main(command)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("none labels.csv", "the log none cannot be read: No such file"),
        ("log none", "none cannot be read: No such file"),
        ("log log", "log has no column id"),
        ("log bytes", "bytes is no CSV in UTF-8"),
        ("log empty.csv", "empty.csv has no rows"),
        ("labels.csv labels.csv", "labels.csv has no line of a request log"),
        ("log other.csv", "no id of other.csv is in the log with one answer"),
        ("log labels.csv --photos .", "--photos and --into belong together"),
        ("log labels.csv --add", "--add needs --photos and --into"),
        ("log labels.csv --photos none --into new", "there is no folder none of kept photos"),
        ("log labels.csv --photos . --into new", ". and new lie in one another"),
        ("log labels.csv --photos kept --into log", "log is a file and not a folder"),
        ("log", "the following arguments are required: CSV"),
    ],
)
def test_mistakes(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    log.rename("log")
    write_labels(tmp_path, "a,cat,")
    Path("other.csv").write_text("id,label\nother,cat\n")
    Path("empty.csv").write_text("id,label\n")
    Path("bytes").write_bytes(b"id,label\n\xff,cat\n")
    Path("kept").mkdir()
    with pytest.raises(CommandError, match=words):
        feedback.main(arguments.split())
    assert not Path("new").exists()
