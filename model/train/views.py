"""The training photos as an epoch shows them."""

import os
from pathlib import Path

import joblib
import numpy as np
import torch
from torch import Tensor

from model.params import TrainParams
from model.prepare.dataset import Dataset
from model.train.sampler import seed_of
from model.train.transforms import training_transform

FEW = 2000  # photos, for which starting processes takes longer than it saves


class Views(torch.utils.data.Dataset[tuple[Tensor, int, int]]):
    """The training photos, each changed at random; the same for the same seed, view and photo, whoever asks.

    For a network that learns a teacher's answers, `mixup` makes the second half of the views of the first half: each
    photo is blended with another one (Beyer et al. 2021, function matching).

    Args:
        prepared: folder of model.prepare.
        params: their seed and size, and how they are mixed.

    Raises:
        Mistake: as Dataset.
    """

    def __init__(self, prepared: Path, params: TrainParams):
        self.photos = Dataset(prepared, "train", training_transform(params.crop))
        self.classes, self.labels = self.photos.classes, self.photos.labels
        self.seed = params.seed
        self.alpha = params.mixup
        self.plain = params.views - params.views // 2 if params.mixup and params.distillation else None
        self._last: tuple[int, tuple[Tensor, Tensor]] = (-1, (torch.empty(0), torch.empty(0)))

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, asked: tuple[int, int]) -> tuple[Tensor, int, int]:
        """A view, by its number, of the photo at an index: the image (uint8 [3, S, S]), its label and the index."""
        view, index = asked
        source = self.source(view)
        image = self._plain(source, index)
        if source != view:
            partners, shares = self.mixture(view)
            other = self._plain(source, int(partners[index]))
            image = blend(image[None], other[None], shares[index : index + 1])[0]
        return image, int(self.labels[index]), index

    def source(self, view: int) -> int:
        """The view itself, or that of which a mixed one is made."""
        return view if self.plain is None or view < self.plain else view - self.plain

    def mixture(self, view: int) -> tuple[Tensor, Tensor]:
        """With which photo each is blended in a mixed view (int64 [N]), and its own share, 0.5 to 1 (float32 [N])."""
        if self._last[0] != view:
            draw = np.random.default_rng(seed_of(self.seed, view))
            partners, shares = draw.permutation(len(self)), draw.beta(self.alpha, self.alpha, len(self))
            shares = np.maximum(shares, 1 - shares).astype(np.float32)
            self._last = view, (torch.from_numpy(partners), torch.from_numpy(shares))
        return self._last[1]

    def _plain(self, view: int, index: int) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed_of(self.seed, view, index))  # of the CPU alone
            return self.photos[index][0]


def blend(images: Tensor, others: Tensor, shares: Tensor) -> Tensor:
    """Images (uint8 [N, 3, S, S]) over others, of which they have these shares (float32 [N])."""
    below = others.float()
    return (below + shares[:, None, None, None] * (images.float() - below)).round().to(torch.uint8)


def worker_count(photos: int) -> int:
    """How many processes of a rank prepare photos: most of the CPUs that it may use, the limit of a pod included."""
    ranks = int(os.environ.get("LOCAL_WORLD_SIZE", 1))  # torchrun's: those on this machine
    return 0 if photos < FEW else max(1, min(16, joblib.cpu_count() // ranks - 1))
