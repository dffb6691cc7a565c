"""Which photos an epoch shows, in which order, and how often: those of rare classes more than once."""

import numpy as np
import torch
from torch import Tensor

from model.contract.errors import Mistake
from model.train.ranks import Ranks


class Sampler:
    """Repeats the photos of rare classes (Gupta et al. 2019, LVIS: repeat factor sampling).

    A class is rare if it has less than half of its fair share, which is one photo in as many as there are classes. Its
    photos are shown (half of the fair share / their share) ** balance times as often, all others once. With two classes
    and 50 times more of one than of the other, balance 0.5 shows each photo of the rare one 3.6 times in an epoch.

    Args:
        labels: int64 [N], of the training photos.
        classes: number of classes.
        balance: 0 shows every photo once; 1 brings each class to half of its fair share.
    """

    def __init__(self, labels: Tensor, classes: int, balance: float):
        counts = torch.bincount(labels, minlength=classes)
        fair = len(labels) / classes / 2
        self.labels = labels
        self.repeats = [max(1.0, (fair / count) ** balance) if count else 1.0 for count in counts.tolist()]
        self.counts = [round(count * repeat) for count, repeat in zip(counts.tolist(), self.repeats, strict=True)]

    def __len__(self) -> int:
        return sum(self.counts)

    def batches(self, size: int, seed: int, ranks: Ranks) -> list[list[int]]:
        """The batches of an epoch, of which each rank takes an equal part; photos that fill none are left out.

        Args:
            size: photos in a batch, of all ranks together.
            seed: of the order.
            ranks: who trains.

        Raises:
            Mistake: a rank would get less than two photos, by which nothing can be normalised.
        """
        order = self.order(torch.Generator().manual_seed(seed))
        size = min(size, len(order))
        whole = order[: len(order) // size * size].view(-1, size)
        share = size // ranks.count
        if ranks.count > 1 and share < 2:
            raise Mistake(f"{ranks.count} ranks need {2 * ranks.count} photos in a batch of {size}: start fewer")
        return whole[:, ranks.index * share : (ranks.index + 1) * share].tolist()

    def order(self, generator: torch.Generator) -> Tensor:
        """Indices of photos in random order (int64 [M]); all photos, and some again where their class is rare."""
        if len(self) == len(self.labels):
            return torch.randperm(len(self), generator=generator)
        chosen = [self._repeated(label, count, generator) for label, count in enumerate(self.counts) if count]
        order = torch.cat(chosen)
        return order[torch.randperm(len(order), generator=generator)]

    def _repeated(self, label: int, count: int, generator: torch.Generator) -> Tensor:
        """`count` indices of a class: each photo equally often, and as many as are left over once more."""
        photos = torch.nonzero(self.labels == label)[:, 0]
        whole, rest = divmod(count, len(photos))
        return torch.cat([photos.repeat(whole), photos[torch.randperm(len(photos), generator=generator)[:rest]]])


def seed_of(seed: int, epoch: int, rank: int = 0) -> int:
    """A seed for an epoch, so that a training that is resumed goes on as if it had never ended."""
    return int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1, np.uint64)[0] >> 1)
