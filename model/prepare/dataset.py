"""The prepared photos of one split."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from model.contract.errors import Mistake
from model.prepare.rows import Rows
from model.prepare.summary import load_summary


class Dataset(torch.utils.data.Dataset[tuple[Tensor, int]]):
    """The photos of one split; each is read from disk when it is asked for.

    Args:
        prepared: folder of model.prepare.
        split: "train", "validation" or "test".
        transform: what each image goes through (uint8 [3, S, S]).

    Raises:
        Mistake: a file is missing.
    """

    def __init__(self, prepared: Path, split: str, transform: v2.Transform):
        self.classes = tuple(load_summary(prepared)["classes"])
        self.transform = transform
        try:
            self.pixels = Rows(prepared / f"{split}.npy")
            self.labels = torch.from_numpy(np.load(prepared / f"{split}-labels.npy"))
        except FileNotFoundError as error:
            raise Mistake(f"there is no {error.filename}: run python -m model.prepare first") from None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = torch.from_numpy(self.pixels[np.array([index])][0]).permute(2, 0, 1)
        return self.transform(pixels), int(self.labels[index])
