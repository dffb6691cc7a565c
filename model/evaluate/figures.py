"""The figures of an evaluation, as metrics.json has them."""

import json
from math import inf
from pathlib import Path
from typing import NotRequired, TypedDict

from model.contract.errors import Mistake


class Evaluation(TypedDict):
    """What `evaluate_checkpoint` writes to metrics.json."""

    size: int  # side of the network's input, in pixels
    temperature: float  # divisor of the logits
    validation: dict[str, float]  # metrics of the splits
    test: dict[str, float]
    notes: NotRequired[list[str]]  # what there is to know about the metrics of the test split


def read_evaluation(file: Path) -> Evaluation:
    """Reads what `evaluate_checkpoint` wrote.

    Raises:
        Mistake: there is no such file, or it is another.
    """
    foreign = Mistake(f"{file} is not metrics.json of python -m model.evaluate: name that one")
    try:
        read = json.loads(file.read_text("utf-8"))
        evaluation: Evaluation = {
            "size": int(read["size"]),
            "temperature": float(read["temperature"]),
            "validation": dict(read["validation"]),
            "test": dict(read["test"]),
            "notes": list(read.get("notes", [])),
        }
    except OSError:
        raise Mistake(f"there is no {file}: run python -m model.evaluate first") from None
    except (ValueError, TypeError, LookupError):
        raise foreign from None
    positive = evaluation["size"] > 0 and 0 < evaluation["temperature"] < inf
    if not positive or not evaluation["test"].keys() >= {"accuracy", "loss"}:
        raise foreign
    return evaluation
