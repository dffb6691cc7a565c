"""Whether a newly trained file is accepted in place of the baseline."""

import time
from pathlib import Path

import numpy as np
import pytest

from model.accept import comparison
from model.accept.comparison import Comparison, find_objections, time_forward, write_table
from model.compare.files import Pairs
from model.compare.shared import Shared
from model.contract.exported import load_exported
from tests.unit.conftest import Command
from tests.unit.predictor.model_files import described, write_model


def said(
    candidate: str, baseline: str, times: tuple[float, float] = (1, 1), relabelled: int = 0, possible: int = 10
) -> Comparison:
    """What both said to cats: c for right, d for wrong. The baseline has ten test photos."""
    guesses = ["cat" if each == "c" else "dog" for each in candidate], ["cat" if e == "c" else "dog" for e in baseline]
    count = len(candidate)
    right = np.full(count, 0.9, np.float32), np.full(count, 0.8, np.float32)
    shared = Shared([b"0"] * count, relabelled, possible, is_cut=False)
    return Comparison(Pairs(shared, ["cat"] * count, guesses, right), times)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (said("cccccccccd", "cccccccccd"), []),
        (said("cccccccccc", "cccccccccd", times=(0.5, 1)), []),
        (said("dccccccccc", "cccccccccd", times=(1.09, 1)), []),  # another mistake, and no more of them
        (
            said("ccccccccdd", "cccccccccd"),
            ["it gets 8 of 10 photos right, the baseline 9 (McNemar's exact test: p = 1, no more than chance)"],
        ),
        (said("ccccc", "ccccc"), []),
        (said("cccc", "cccc"), ["only 4 of the baseline's 10 test photos are among its own"]),
        (said("ccccc", "ccccc", relabelled=5), []),
        (
            said("cccc", "cccc", relabelled=6),
            ["only 4 of the baseline's 10 test photos are among its own, and 6 more in another class"],
        ),
        (said("c" * 10, "c" * 10, times=(1.11, 1)), ["1.11 ms, more than 10% above the baseline's 1.00 ms"]),
        (said("d" * 10, "c" * 10, times=(9, 1)), ["p = 0.00195, more", "9.00 ms"]),
        (Comparison(None, (1.0, 1.0)), []),  # of other classes
        (Comparison(None, (1.2, 1.0)), ["1.20 ms"]),
    ],
)
def test_objections(found: Comparison, words: list[str]) -> None:
    objections = find_objections(found)
    assert len(objections) == len(words)
    assert all(word in objection for word, objection in zip(words, objections, strict=True))


def test_accuracy_cannot_drift_down_from_merge_to_merge() -> None:
    """A chain of models, each a hair worse than the last one: not even the first is merged, by chance or not."""
    chain = ["c" * (1000 - wrong) + "d" * wrong for wrong in range(20, 25)]
    merged = [chain[0]]
    for candidate in chain[1:]:
        if not find_objections(of_all(candidate, merged[-1])):
            merged.append(candidate)
    assert merged == chain[:1]
    refused = find_objections(of_all(chain[1], chain[0]))
    assert refused == [
        "it gets 979 of 1,000 photos right, the baseline 980 (McNemar's exact test: p = 1, no more than chance)"
    ]
    assert find_objections(of_all(chain[0], chain[0])) == []
    other_mistakes = "d" * 20 + "c" * 980
    assert find_objections(of_all(other_mistakes, chain[0])) == []


def test_the_table_says_what_is_due_to_chance() -> None:
    table = write_table(of_all("c" * 30, "c" * 18 + "d" * 12))
    assert table.startswith("| on 30 shared test photos |")
    assert "| photos that it alone gets right | 0 | 12 | +12 |" in table
    assert table.endswith("\nMcNemar's exact test: p = 0.000488, more than chance.\n")  # 2 / 2^12


def test_the_table_counts_what_was_relabelled() -> None:
    assert "\nLeft out because they were relabelled: 1,234 more shared test photos.\n" in write_table(
        said("ccccc", "ccccc", relabelled=1234)
    )
    assert "relabelled" not in write_table(said("ccccc", "ccccc"))


def of_all(candidate: str, baseline: str) -> Comparison:
    """As `said`, where these are all the test photos of both."""
    return said(candidate, baseline, possible=len(baseline))


def test_a_file_passes_against_itself(
    exported: Path,
    command: Command,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparison, "TIME_MARGIN", 2.0)  # a busy machine is not what is tested here
    report = tmp_path / "deep" / "report.md"
    assert command("accept", exported, exported, "--report", report) == ""
    printed, text = capsys.readouterr().out, report.read_text()
    assert "The candidate may replace the baseline." in printed
    assert "| accuracy | " in text
    assert "| photos that it alone gets right | 0 | 0 | +0 |" in text
    assert "\nMcNemar's exact test: p = 1, no more than chance.\n" in text
    assert "| forward, ms per photo | " in text


def test_a_slower_file_is_refused_and_the_report_says_why(
    exported: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "TIME_MARGIN", -0.99)
    report = tmp_path / "report.md"
    message = command("accept", exported, exported, "--report", report)
    assert message.startswith("error: refused: a photo takes ")
    assert "\n" not in message
    assert "Refused: a photo takes" in report.read_text()


def test_mistakes(exported: Path, command: Command, tmp_path: Path) -> None:
    assert command("accept", exported, tmp_path / "none.pt").startswith("error: there is no model file")
    other = write_model(tmp_path / "other.pt", described())
    assert "export it again" in command("accept", exported, other)


def test_times_are_taken_in_turns(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that becomes slower on the way slows down both."""
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) ** 2 / 1e6)
    one = load_exported(exported)
    first, second = time_forward([one, one], rounds=100)
    assert first == pytest.approx(second, rel=0.05)
