"""The figures of an evaluation, as metrics.json has them."""

import json
from math import inf
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from model.contract.errors import Mistake
from model.contract.metadata import Unsure, file_sha256
from model.typed import fits


class NoClass(TypedDict):
    """What became of photos that show none of the classes."""

    photos: int
    unsure: int  # those whose answer is marked


class Evaluation(TypedDict):
    """What `evaluate_checkpoint` writes to metrics.json."""

    checkpoint: str  # sha256 of the file with the network that was measured
    classes: list[str]  # in the order of its outputs
    data: str  # hash of the prepared photos and their classes
    size: int  # side of the network's input, in pixels
    temperature: float  # divisor of the logits
    validation: dict[str, float]  # metrics of the splits
    test: dict[str, float]
    unsure: Unsure  # which answers are marked, and what that does to the test split
    no_class: NotRequired[NoClass]  # of those that come with Python packages; earlier versions had none
    notes: NotRequired[list[str]]  # what there is to know about the metrics of the test split


def read_evaluation(file: Path) -> Evaluation:
    """Reads what `evaluate_checkpoint` wrote.

    Raises:
        Mistake: there is no such file, it is another, or an earlier version wrote it.
    """
    try:
        read = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(f"there is no {file}: run python -m model.evaluate first") from None
    except (ValueError, IsADirectoryError):
        read = None
    if isinstance(read, dict) and read.keys() >= {"temperature", "test"} and "checkpoint" not in read:
        raise Mistake(
            f"{file} does not say what it measured, an earlier version wrote it: run python -m model.evaluate"
        )
    if not fits(read, Evaluation) or not _is_sensible(cast("Evaluation", read)):
        raise Mistake(f"{file} is not metrics.json of python -m model.evaluate checkpoint: name that one")
    return cast("Evaluation", read)


def check_measured(file: Path, evaluation: Evaluation, checkpoint: Path, classes: list[str], data: str) -> None:
    """Says whether these are the figures of a checkpoint, on these prepared photos.

    Args:
        file: where the evaluation was read from.
        evaluation: what `read_evaluation` gave.
        checkpoint: best.pt of model.train.
        classes: those of the prepared photos.
        data: hash of the prepared photos.

    Raises:
        Mistake: they are of another checkpoint, or of other photos.
    """
    if evaluation["classes"] != classes or evaluation["data"] != data:
        raise Mistake(f"{file} was measured on other photos than the prepared ones: run python -m model.evaluate again")
    if evaluation["checkpoint"] != file_sha256(checkpoint):
        raise Mistake(f"{file} is of another training than {checkpoint}: run python -m model.evaluate again")


def _is_sensible(evaluation: Evaluation) -> bool:
    figures = evaluation["test"].keys()
    return evaluation["size"] > 0 and 0 < evaluation["temperature"] < inf and figures >= {"accuracy", "loss"}
