"""hack/release's question: is a model worse than the one that runs, beyond chance?"""

from pathlib import Path

import numpy as np
import pytest

from model.accept.beyond_chance import p_worse
from tests.unit.conftest import Command
from tests.unit.delivery.models import write_model


@pytest.mark.parametrize(
    ("new_alone", "old_alone", "expected"), [(0, 0, 1), (0, 4, 1 / 16), (0, 5, 1 / 32), (5, 0, 1), (3, 3, 42 / 64)]
)
def test_the_test_is_one_sided(new_alone: int, old_alone: int, expected: float) -> None:
    assert p_worse(np.array([[7, old_alone], [new_alone, 90]])) == pytest.approx(expected)


def test_worse_by_chance_is_accepted(tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    new, old = write_model(tmp_path / "new.pt", wrong=4), write_model(tmp_path / "old.pt")
    assert command("accept", "--beyond_chance", new, old) == ""
    said = capsys.readouterr().out
    assert said.startswith(
        f"not worse beyond chance: {new} gets 96 of 100 shared test photos right, {old} 100 (claimed"
    )
    assert said.endswith("p = 0.0625)\n")


def test_worse_beyond_chance_is_refused(tmp_path: Path, command: Command) -> None:
    new, old = write_model(tmp_path / "new.pt", wrong=5), write_model(tmp_path / "old.pt")
    assert command("accept", "--beyond_chance", new, old).startswith("error: worse beyond chance: ")
    assert command("accept", "--beyond_chance", old, new) == ""


def test_what_cannot_be_compared_is_refused(tmp_path: Path, command: Command) -> None:
    new = write_model(tmp_path / "new.pt")
    few = write_model(tmp_path / "few.pt", first=52)
    assert "only 48 of the baseline's 100 test photos" in command("accept", "--beyond_chance", new, few)
    none = write_model(tmp_path / "none.pt", first=100)
    assert "were tested on different photos" in command("accept", "--beyond_chance", new, none)
    other = write_model(tmp_path / "other.pt", classes=("cat", "fox"))
    assert "have different classes: there is nothing to compare" in command("accept", "--beyond_chance", new, other)
    assert "there is no model file" in command("accept", "--beyond_chance", new, tmp_path / "missing.pt")


def test_it_writes_no_report(tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("accept", "--beyond_chance", "new.pt", "old.pt", "--report", tmp_path / "report.md") == "2"
    assert "--beyond_chance writes no report" in capsys.readouterr().err
