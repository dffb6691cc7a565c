"""The training photos as an epoch shows them."""

import os
from pathlib import Path

import joblib
import torch
from torch import Tensor

from model.params import TrainParams
from model.prepare.dataset import Dataset
from model.train.sampler import seed_of
from model.train.transforms import training_transform

FEW = 2000  # photos, for which starting processes takes longer than it saves


class Views(torch.utils.data.Dataset[tuple[Tensor, int, int]]):
    """The training photos, each changed at random; the same for the same seed, view and photo, whoever asks.

    Args:
        prepared: folder of model.prepare.
        params: their seed and size.

    Raises:
        Mistake: as Dataset.
    """

    def __init__(self, prepared: Path, params: TrainParams):
        self.photos = Dataset(prepared, "train", training_transform(params.crop))
        self.classes, self.labels = self.photos.classes, self.photos.labels
        self.seed = params.seed

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, asked: tuple[int, int]) -> tuple[Tensor, int, int]:
        """A view, by its number, of the photo at an index: the image (uint8 [3, S, S]), its label and the index."""
        view, index = asked
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed_of(self.seed, view, index))  # of the CPU alone
            image, label = self.photos[index]
        return image, label, index


def worker_count(photos: int) -> int:
    """How many processes of a rank prepare photos: most of the CPUs that it may use, the limit of a pod included."""
    ranks = int(os.environ.get("LOCAL_WORLD_SIZE", 1))  # torchrun's: those on this machine
    return 0 if photos < FEW else max(1, min(16, joblib.cpu_count() // ranks - 1))
