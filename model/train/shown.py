"""The batches of an epoch, on the device that trains, with a teacher's answers."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from model.teach.answers import Answers
from model.train.views import Views, blend, worker_count

Learned = tuple[Tensor, Tensor]  # a teacher's logits [n, C] and features [n, F]
Batch = tuple[Tensor, Tensor, Learned | None]  # images (uint8 [n, 3, S, S]), their labels (int64 [n]), answers
ROOM = 12 * 2**30  # bytes of a GPU's memory that are left for training


class Shown(Protocol):
    """What shows a view of the training photos."""

    def batches(self, view: int, order: list[list[int]]) -> Iterator[Batch]:
        """The batches of a view; `order` has the indices of the photos in each."""
        ...


def shown(photos: Views, answers: Answers | None, device: torch.device) -> Shown:
    """Views that come again and again are kept on a GPU; all others are made anew."""
    if answers and device.type == "cuda":
        return Kept(photos, answers, device)
    return Streamed(photos, answers, device)


class Streamed:
    """Other processes make each batch when it is needed.

    They live as long as this does, and are told the batches of each epoch by a list; with random numbers of their own,
    so that a resumed training draws what it would have drawn.
    """

    def __init__(self, photos: Views, answers: Answers | None, device: torch.device):
        self.answers, self.device = answers, device
        self.asked: list[list[tuple[int, int]]] = []
        workers = worker_count(len(photos))
        self.loader = DataLoader(
            photos, batch_sampler=self.asked, num_workers=workers, persistent_workers=workers > 0,
            generator=torch.Generator(),
        )  # fmt: skip

    def batches(self, view: int, order: list[list[int]]) -> Iterator[Batch]:
        self.asked[:] = [[(view, index) for index in batch] for batch in order]
        for images, labels, indices in self.loader:
            learned = None
            if self.answers:
                logits, features = self.answers.of(view, indices)
                learned = logits.to(self.device), features.to(self.device)
            yield images.to(self.device), labels.to(self.device), learned


class Kept:
    """Each view is made once, and kept in the memory of the device while it has room. Small networks need it.

    A mixed view is made of a plain one.
    """

    def __init__(self, photos: Views, answers: Answers, device: torch.device):
        self.photos, self.answers, self.device = photos, answers, device
        self.labels = photos.labels.to(device)
        self.images: dict[int, Tensor] = {}
        self.learned: dict[int, Learned] = {}

    def batches(self, view: int, order: list[list[int]]) -> Iterator[Batch]:
        source = self.photos.source(view)
        images, (logits, features) = self._images_of(source), self._answers_to(view)
        mixture = self.photos.mixture(view) if source != view else ()
        on_device = [part.to(self.device) for part in mixture]
        for chosen in torch.tensor(order, device=self.device):
            seen = images[chosen]
            if on_device:
                partners, shares = on_device
                seen = blend(seen, images[partners[chosen]], shares[chosen])
            yield seen, self.labels[chosen], (logits[chosen], features[chosen].float())

    def _images_of(self, view: int) -> Tensor:
        if view in self.images:
            return self.images[view]
        images = load_view(self.photos, view, self.device)
        if has_room(self.device):
            self.images[view] = images
        return images

    def _answers_to(self, view: int) -> Learned:
        if view in self.learned:
            return self.learned[view]
        logits, features = self.answers.of(view, torch.arange(len(self.photos)))
        learned = logits.to(self.device), features.half().to(self.device)
        if has_room(self.device):
            self.learned[view] = learned
        return learned


def load_view(photos: Views, view: int, device: torch.device) -> Tensor:
    """A view of all photos, on a device: uint8 [N, 3, S, S]."""
    asked = [(view, index) for index in range(len(photos))]
    loader = DataLoader(photos, 256, sampler=asked, num_workers=worker_count(len(photos)))
    return torch.cat([images.to(device) for images, _, _ in loader])


def has_room(device: torch.device) -> bool:
    """Whether a GPU has memory for more than training; without one, there is always some."""
    return device.type != "cuda" or torch.cuda.mem_get_info(device)[0] > ROOM
