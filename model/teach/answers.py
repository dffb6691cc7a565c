"""A teacher's answers on disk."""

import json
from itertools import takewhile
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
import torch
from torch import Tensor

from model.contract.errors import Mistake
from model.output import holds_only
from model.params import TrainParams
from model.prepare.rows import Rows
from model.prepare.summary import Summary, load_summary
from model.typed import fits

SUMMARY = "summary.json"
SOME = 5000  # photos, by which the features are scaled


class AnswersSummary(TypedDict):
    """What was asked."""

    prepared: Summary  # of the photos
    teacher: str  # sha256 of its checkpoint
    crop: int  # side of the views, in pixels
    seed: int  # of the views
    views: int  # of each photo
    mixup: float  # of the second half of the views


class Answers:
    """What a teacher answered about each training photo, in several views.

    Args:
        folder: that model.teach wrote.
        prepared: the photos that are to be trained on.
        params: how.

    Raises:
        Mistake: there are no answers, or they are to other photos or other views.
    """

    def __init__(self, folder: Path, prepared: Path, params: TrainParams):
        self.summary = load_answers_summary(folder)
        asked = {
            "prepared": load_summary(prepared),
            "crop": params.crop,
            "seed": params.seed,
            "views": params.views,
            "mixup": params.mixup,
        }
        if other := [name for name, value in asked.items() if self.summary[name] != value]:  # type: ignore[literal-required]
            raise Mistake(f"the answers in {folder} are to other views ({', '.join(other)}): run python -m model.teach")
        try:
            self.logits = [Rows(folder / names_of(view)[0]) for view in range(params.views)]
            self.features = [Rows(folder / names_of(view)[1]) for view in range(params.views)]
        except OSError as error:
            raise Mistake(f"the answers in {folder} are damaged ({error}): run python -m model.teach again") from None
        some = torch.from_numpy(self.features[0][np.arange(min(SOME, len(self.features[0])))].astype(np.float32))
        self.mean, self.variance = some.mean(0), some.var(0).sum()

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.features[0].shape[1])

    def of(self, view: int, photos: Tensor) -> tuple[Tensor, Tensor]:
        """The answers to a view of some photos (int64 [N]).

        Returns:
            Logits [N, C], and features [N, F], whose mean is 0 and whose variances add up to 1.
        """
        rows = photos.numpy()
        logits = torch.from_numpy(self.logits[view][rows])
        features = torch.from_numpy(self.features[view][rows].astype(np.float32))
        return logits, (features - self.mean) / self.variance.sqrt()


def load_answers_summary(folder: Path) -> AnswersSummary:
    """Raises a Mistake if there are no answers."""
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(f"{folder} has no answers of a teacher: run python -m model.teach first") from None
    except ValueError:
        summary = None
    if not fits(summary, AnswersSummary):
        raise Mistake(f"{folder / SUMMARY} is not what model.teach writes: run python -m model.teach again")
    return cast("AnswersSummary", summary)


def is_answers(folder: Path) -> bool:
    """Whether the folder holds what model.teach writes, and nothing else."""
    try:
        views = load_answers_summary(folder)["views"]
    except Mistake:
        return False
    return holds_only(folder, {SUMMARY}.union(*(names_of(view) for view in range(views))))


def names_of(view: int) -> tuple[str, str]:
    """The files with the logits and the features of a view."""
    return f"{view}-logits.npy", f"{view}-features.npy"


def count_views(folder: Path, summary: AnswersSummary) -> int:
    """How many views, from the first on, have answers in a folder that are of this teacher, these photos and crops."""
    try:
        found = load_answers_summary(folder)
    except Mistake:
        return 0
    if {**found, "views": 0} != {**summary, "views": 0}:
        return 0
    whole = (all(_is_whole(folder / name) for name in names_of(view)) for view in range(found["views"]))
    return sum(takewhile(bool, whole))


def _is_whole(path: Path) -> bool:
    """Whether the rows of a file can be read: it is there, and not cut short."""
    try:
        Rows(path)
    except (OSError, Mistake):
        return False
    return True
