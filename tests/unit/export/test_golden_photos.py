"""Golden photos of networks with many classes show exchanged outputs as well as they can."""

import numpy as np
import torch
from torch import Tensor, nn

from model.contract.golden_photos import GoldenPhoto
from model.export.golden_photos import KINDS, MOST, make_golden_photos, share_told_apart

SIZE = 32


class Random(nn.Module):
    """Probabilities of a random linear map of the pixels; with a factor of 0 all of them are the same."""

    def __init__(self, classes: int, factor: float):
        super().__init__()
        torch.manual_seed(1)
        self.weights = nn.Linear(3 * 8 * 8, classes)
        self.factor = factor

    def forward(self, images: Tensor) -> Tensor:
        pixels = nn.functional.avg_pool2d(images.float() / 255, SIZE // 8).flatten(1)
        return torch.softmax(self.factor * self.weights(pixels - pixels.mean(1, keepdim=True)), 1)


def test_a_thousand_classes() -> None:
    photos = make_golden_photos(Random(1000, 5.0).eval(), SIZE, 1000)
    assert len(KINDS) <= len(photos) <= MOST
    assert share_told_apart(list(photos.values())) > 0.999
    assert {name.rpartition(".")[2] for name in photos} == {"png", "jpg", "webp"}


def test_the_share_is_what_an_exchange_shows() -> None:
    """Each pair of eight classes is exchanged, and the photos judge."""
    photos = list(make_golden_photos(Random(8, 1.0).eval(), SIZE, 8).values())
    noticed = [shows(photos, one, other) for one in range(8) for other in range(one)]
    assert share_told_apart(photos) == np.mean(noticed)


def shows(photos: list[GoldenPhoto], one: int, other: int) -> bool:
    order = list(range(8))
    order[one], order[other] = other, one
    return any(photo.wrong_class([photo.probabilities[index] for index in order]) is not None for photo in photos)


def test_a_network_that_says_the_same_of_everything() -> None:
    photos = make_golden_photos(Random(3, 0.0).eval(), SIZE, 3)
    assert len(photos) == MOST
    assert share_told_apart(list(photos.values())) == 0
