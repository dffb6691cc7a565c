"""The prepared photos of one split, in batches."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.contract.errors import Mistake
from model.prepare.rows import Rows
from model.prepare.summary import load_summary

FEATURES = "train.npy"  # in the folder of model.teach


class Batch(NamedTuple):
    """N photos: images (uint8 [N, 3, S, S]), labels (int64 [N]), and the teacher's features (float16 [N, D, H, W])."""

    images: Tensor
    labels: Tensor
    features: Tensor | None


class Dataset:
    """The photos of one split; a batch is read from disk when it is asked for.

    Args:
        prepared: folder of model.prepare.
        split: "train", "validation" or "test".
        teacher: folder of model.teach, whose features are read, too.

    Raises:
        Mistake: a file is missing, or the features are of other photos.
    """

    def __init__(self, prepared: Path, split: str, teacher: Path | None = None):
        self.classes = tuple(load_summary(prepared)["classes"])
        try:
            self.pixels = Rows(prepared / f"{split}.npy")
            self.labels = torch.from_numpy(np.load(prepared / f"{split}-labels.npy"))
            self.features = None if teacher is None else Rows(teacher / FEATURES)
        except FileNotFoundError as error:
            step = "prepare" if prepared in Path(error.filename).parents else "teach"
            raise Mistake(f"there is no {error.filename}: run python -m model.{step} first") from None
        if self.features is not None and len(self.features) != len(self.pixels):
            raise Mistake(f"{teacher} was made from other photos: run python -m model.teach again")

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, size: int, device: torch.device, order: Tensor | None = None) -> Iterator[Batch]:
        """Yields batches of `size` photos: those at the indices `order` (int64 [M]), else all."""
        for chosen in torch.split(torch.arange(len(self)) if order is None else order, size):
            features = None if self.features is None else _channels_first(self.features[chosen.numpy()]).to(device)
            yield Batch(self.images(chosen).to(device), self.labels[chosen].to(device), features)

    def images(self, chosen: Tensor) -> Tensor:
        """The images (uint8 [N, 3, S, S]) at these indices (int64 [N])."""
        return _channels_first(self.pixels[chosen.numpy()])


def _channels_first(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(0, 3, 1, 2)
