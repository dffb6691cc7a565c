"""The prepared photos of one split, in batches."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.command import Mistake


class Dataset:
    """Images (uint8 [N, 3, S, S] as batches) and labels (int64 [N]) of one split, memory-mapped from disk."""

    def __init__(self, prepared: Path, split: str):
        try:
            self.pixels = np.load(prepared / f"{split}.npy", mmap_mode="r")
            self.labels = torch.from_numpy(np.load(prepared / f"{split}-labels.npy"))
        except FileNotFoundError:
            raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None

    def __len__(self) -> int:
        return len(self.labels)

    def batches(
        self, size: int, device: torch.device, generator: torch.Generator | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields (images, labels) of `size` photos: shuffled and full only with a generator, else all in order."""
        order = torch.arange(len(self)) if generator is None else torch.randperm(len(self), generator=generator)
        if generator is not None and len(self) >= size:
            order = order[: len(self) // size * size]  # batch normalisation dislikes a small rest
        for chosen in order.split(size):
            pixels = torch.from_numpy(self.pixels[chosen.numpy()])
            yield pixels.permute(0, 3, 1, 2).to(device), self.labels[chosen].to(device)


def load_summary(prepared: Path) -> dict:
    """Reads what `model.prepare` wrote about the data."""
    try:
        return json.loads((prepared / "summary.json").read_text())
    except FileNotFoundError:
        raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None
