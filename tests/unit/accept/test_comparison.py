"""Whether a newly trained file is accepted in place of the baseline."""

import time
from pathlib import Path

import pytest

from model.accept import comparison
from model.accept.comparison import Figures, find_objections, time_forward
from model.contract.exported import load_exported
from tests.unit.conftest import Command
from tests.unit.predictor.model_files import AnyRed, described, write_model


def figures(accuracy: float = 0.96, milliseconds: float = 1.0) -> Figures:
    return Figures({"accuracy": accuracy}, milliseconds)


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (figures(), []),
        (figures(accuracy=0.99, milliseconds=0.5), []),
        (figures(accuracy=0.9551, milliseconds=1.09), []),
        (figures(accuracy=0.9549), ["accuracy 95.49% is more than 0.5% below the baseline's 96.00%"]),
        (figures(milliseconds=1.11), ["1.11 ms, more than 10% above the baseline's 1.00 ms"]),
        (figures(accuracy=0.5, milliseconds=9), ["accuracy", "9.00 ms"]),
        (figures(accuracy=float("nan")), ["accuracy"]),
        (Figures(None, 1.0), []),  # of other classes
        (Figures(None, 1.2), ["1.20 ms"]),
    ],
)
def test_objections(candidate: Figures, words: list[str]) -> None:
    objections = find_objections(candidate, figures())
    assert len(objections) == len(words)
    assert all(word in objection for word, objection in zip(words, objections, strict=True))


def test_a_file_passes_against_itself(
    exported: Path,
    photos: Path,
    prepared: Path,
    command: Command,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparison, "TIME_MARGIN", 2.0)  # a busy machine is not what is tested here
    report = tmp_path / "deep" / "report.md"
    assert command("accept", exported, exported, photos, prepared, "--report", report) == ""
    printed, text = capsys.readouterr().out, report.read_text()
    assert "The candidate may replace the baseline." in printed
    assert "| accuracy | " in text
    assert "| forward, ms per photo | " in text
    assert "+0.0000 |" in text


def test_a_worse_file_is_refused_and_the_report_says_why(
    exported: Path, photos: Path, prepared: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "ACCURACY_MARGIN", -0.5)
    report = tmp_path / "report.md"
    message = command("accept", exported, exported, photos, prepared, "--report", report)
    assert message.startswith("error: refused: accuracy ")
    assert "\n" not in message
    assert "Refused: accuracy" in report.read_text()


def test_mistakes(exported: Path, photos: Path, prepared: Path, command: Command, tmp_path: Path) -> None:
    assert command("accept", exported, tmp_path / "none.pt", photos, prepared).startswith(
        "error: there is no model file"
    )
    assert "run python -m model.prepare first" in command("accept", exported, exported, photos, tmp_path)
    assert "is in the test split, but not there" in command("accept", exported, exported, tmp_path, prepared)


def test_times_are_taken_in_turns(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that becomes slower on the way slows down both."""
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) ** 2 / 1e6)
    one = load_exported(exported)
    first, second = time_forward([one, one], rounds=100)
    assert first == pytest.approx(second, rel=0.05)


def test_a_baseline_of_other_classes_is_compared_in_speed_only(
    exported: Path, photos: Path, prepared: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(comparison, "TIME_MARGIN", 1e6)
    other = write_model(tmp_path / "other.pt", described(classes=["cat", "owl"]))
    assert command("accept", exported, other, photos, prepared) == ""
    printed = capsys.readouterr().out
    assert "The baseline has other classes, so its accuracy cannot be compared." in printed
    assert "| forward, ms per photo | " in printed
    assert command("accept", other, exported, photos, prepared).startswith("error: the model and ")


def test_classes_in_another_order_are_compared(
    exported: Path, photos: Path, prepared: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(comparison, "TIME_MARGIN", 1e6)
    monkeypatch.setattr(comparison, "ACCURACY_MARGIN", 1.0)
    blue = write_model(tmp_path / "blue.pt", described(classes=["dog", "cat"]), AnyRed())  # reddish cats, bluish dogs
    assert command("accept", blue, exported, photos, prepared) == ""
    assert "| accuracy | 1.0000 | 1.0000 | +0.0000 |" in capsys.readouterr().out
