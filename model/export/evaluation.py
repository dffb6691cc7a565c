"""Reads metrics.json of model.evaluate."""

import json
from math import inf
from pathlib import Path
from typing import NamedTuple

from model.contract.errors import Mistake


class Evaluation(NamedTuple):
    """What the steps after model.evaluate need of its metrics.json."""

    size: int
    temperature: float
    test: dict[str, float]
    """The figures of the test split."""
    notes: list[str]
    """What there is to know about them."""


def read_evaluation(file: Path) -> Evaluation:
    """Reads the file.

    Raises:
        Mistake: there is no such file, or it is not one that model.evaluate wrote.
    """
    foreign = Mistake(f"{file} is not metrics.json of python -m model.evaluate: name that one")
    try:
        read = json.loads(file.read_text("utf-8"))
        figures, notes = dict(read["test"]), list(read.get("notes", []))
        evaluation = Evaluation(int(read["size"]), float(read["temperature"]), figures, notes)
    except OSError:
        raise Mistake(f"there is no {file}: run python -m model.evaluate first") from None
    except (ValueError, TypeError, LookupError):
        raise foreign from None
    if (
        evaluation.size <= 0
        or not 0 < evaluation.temperature < inf
        or not evaluation.test.keys() >= {"accuracy", "loss"}
    ):
        raise foreign
    return evaluation
