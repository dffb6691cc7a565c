"""The gate between a newly trained file and the one that serves."""

import csv

import pytest

import model.gate
from model.contract.exported import load_exported
from model.evaluate import read_split
from model.gate import Figures, find_objections, time_forward


def figures(accuracy: float = 0.96, milliseconds: float = 1.0) -> Figures:
    return Figures({"accuracy": accuracy}, milliseconds)


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (figures(), []),
        (figures(accuracy=0.99, milliseconds=0.5), []),
        (figures(accuracy=0.9551, milliseconds=1.09), []),
        (figures(accuracy=0.9549), ["accuracy 95.49% is more than 0.5% below the champion's 96.00%"]),
        (figures(milliseconds=1.11), ["1.11 ms, more than 10% above the champion's 1.00 ms"]),
        (figures(accuracy=0.5, milliseconds=9), ["accuracy", "9.00 ms"]),
        (figures(accuracy=float("nan")), ["accuracy"]),
    ],
)
def test_objections(candidate, words):
    objections = find_objections(candidate, figures())
    assert len(objections) == len(words)
    assert all(word in objection for word, objection in zip(words, objections, strict=True))


def test_a_file_passes_against_itself(exported, photos, prepared, command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(model.gate, "TIME_MARGIN", 2.0)  # a busy machine is not what is tested here
    report = tmp_path / "deep" / "report.md"
    assert command(model.gate, exported, exported, photos, prepared, "--report", report) == ""
    said, text = capsys.readouterr().out, report.read_text()
    assert "The candidate may replace the champion." in said
    assert "| accuracy | " in text
    assert "| forward, ms a photo | " in text
    assert "+0.0000 |" in text


def test_a_worse_file_is_refused_and_the_report_says_why(exported, photos, prepared, command, tmp_path, monkeypatch):
    monkeypatch.setattr(model.gate, "ACCURACY_MARGIN", -0.5)
    report = tmp_path / "report.md"
    said = command(model.gate, exported, exported, photos, prepared, "--report", report)
    assert said.startswith("error: refused: accuracy ")
    assert "\n" not in said
    assert "Refused: accuracy" in report.read_text()


def test_the_test_split_and_nothing_else(photos, prepared):
    split = read_split(photos, prepared, "test")
    with (prepared / "manifest.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    assert [(path.relative_to(photos).as_posix(), label) for path, label in split] == [
        (row["file"], row["class"]) for row in rows
    ]


def test_mistakes(exported, photos, prepared, command, tmp_path):
    assert command(model.gate, exported, tmp_path / "none.pt", photos, prepared).startswith(
        "error: there is no model file"
    )
    assert "run python -m model.prepare first" in command(model.gate, exported, exported, photos, tmp_path)
    assert "is in the test split, but not there" in command(model.gate, exported, exported, tmp_path, prepared)


def test_times_are_taken_in_turns(exported, monkeypatch):
    """A machine that slows down in the middle slows down both."""
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(model.gate.time, "perf_counter", lambda: next(ticks) ** 2 / 1e6)
    one = load_exported(exported)
    first, second = time_forward([one, one], rounds=100)
    assert first == pytest.approx(second, rel=0.05)
