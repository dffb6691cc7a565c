"""Two model files, compared photo by photo."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from model.compare.files import Measured, describe, p_value, pair
from model.contract.errors import Mistake
from model.evaluate.answers import make_answers
from tests.unit.conftest import Command

if TYPE_CHECKING:
    from model.contract.metadata import Metadata

CLASSES = ("cat", "dog")


def measured(
    name: str,
    labels: Sequence[int],
    cats: Sequence[float],
    first: int = 0,
    classes: Sequence[str] = CLASSES,
    names: Sequence[str] = (),
) -> Measured:
    """A model that was tested on photos `first`, `first` + 1, …, or on those that have these hashes."""
    hashes = names or [f"{number:064x}" for number in range(first, first + len(labels))]
    outputs = np.array([[cat, 1 - cat] for cat in cats], np.float32)
    metadata: Metadata = {"classes": list(classes)}  # type: ignore[typeddict-item]
    return Measured(Path(name), metadata, make_answers(hashes, np.array(labels), outputs))


def test_the_table() -> None:
    one = measured("one.pt", [0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6])
    other = measured("other.pt", [0, 0, 1, 1], [0.9, 0.4, 0.1, 0.7])
    assert pair(one, other).table.tolist() == [[1, 0], [1, 2]]
    lines = "\n".join(describe(one, other))
    assert "one.pt    accuracy 0.7500" in lines
    assert "other.pt  accuracy 0.5000" in lines
    assert "p = 1, no more than chance" in lines
    assert "0000000000000000  cat: 0.800 cat → 0.400 dog" in lines


def test_only_shared_photos_count() -> None:
    one, other = measured("one.pt", [0, 0, 1], [0.9, 0.8, 0.3]), measured("other.pt", [1, 1], [0.1, 0.2], first=2)
    assert pair(one, other).table.tolist() == [[0, 0], [0, 1]]
    with pytest.raises(Mistake, match="were tested on different photos"):
        pair(one, measured("other.pt", [1], [0.1], first=3))


def test_relabelled_photos_are_left_out_and_counted() -> None:
    """In a photo that is called a cat here and a dog there, one of the models must be wrong."""
    one = measured("one.pt", [0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6])
    other = measured("other.pt", [0, 1, 1, 1], [0.9, 0.1, 0.1, 0.7])
    pairs = pair(one, other)
    assert (len(pairs.labels), pairs.shared.relabelled, pairs.shared.possible) == (3, 1, 4)
    assert pairs.table.tolist() == [[1, 0], [0, 2]]
    lines = describe(one, other)
    assert lines[0] == "3 test photos that both were measured on"
    assert lines[1] == "1 more have one class here and another there, and are left out"
    with pytest.raises(Mistake, match="have different classes: there is nothing to compare"):
        pair(one, measured("other.pt", [1], [0.1]))


def test_the_order_of_classes_does_not_matter() -> None:
    one = measured("one.pt", [0, 1], [0.9, 0.2])
    other = measured("other.pt", [1, 0], [0.1, 0.8], classes=("dog", "cat"))
    assert pair(one, other).table.tolist() == [[0, 0], [0, 2]]
    with pytest.raises(Mistake, match="have different classes"):
        pair(one, measured("other.pt", [1, 0], [0.1, 0.8]))  # each photo is of the other class


@pytest.mark.parametrize(("table", "expected"), [([[5, 0], [0, 9]], 1.0), ([[0, 1], [9, 0]], 22 / 1024)])
def test_mcnemar(table: list[list[int]], expected: float) -> None:
    assert p_value(np.array(table)) == pytest.approx(expected)  # of 10 coins at least 9 fall on one side


def test_the_command(exported: Path, command: Command, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command("compare", exported, exported) == ""
    assert "both give the right class of every photo the same probability" in capsys.readouterr().out
    assert command("compare", exported) == "2"
    assert command("compare", exported, tmp_path / "none.pt").startswith("error: there is no model file")


@pytest.mark.parametrize("change", [{"labels": np.array([9, 0])}, {"right": np.array([0.5])}, {"top": np.array(1)}])
def test_answers_of_another_model(change: dict[str, np.ndarray]) -> None:
    answers = measured("one.pt", [0, 1], [0.9, 0.2]).answers
    assert answers.fit(2)
    assert not answers.fit(3)
    assert not answers._replace(**change).fit(2)
