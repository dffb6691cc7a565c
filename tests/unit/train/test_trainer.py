"""One epoch of training."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.train.trainer import Trainer
from model.train.views import Views
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


@pytest.mark.parametrize("mixup", [0.0, 0.2])
def test_a_step_changes_every_weight(prepared: Path, mixup: float) -> None:
    trainer = Trainer(replace(TRAIN, mixup=mixup, epochs=1), Views(prepared, TRAIN), CPU)
    before = {name: weight.clone() for name, weight in trainer.network.named_parameters()}
    metrics = trainer.train_epoch(0)
    assert 0 <= metrics["accuracy"] <= 1
    assert [name for name, weight in trainer.network.named_parameters() if torch.equal(weight, before[name])] == []


def test_an_epoch_shows_the_photos_in_a_view_of_its_own(prepared: Path) -> None:
    photos, again = Views(prepared, TRAIN), Views(prepared, TRAIN)
    (one, label, index), same = photos[0, 3], again[0, 3]
    other = photos[1, 3][0]
    assert one.shape == other.shape == (3, TRAIN.crop, TRAIN.crop)
    assert one.dtype == torch.uint8
    assert torch.equal(one, same[0])
    assert not torch.equal(one, other)
    assert (label, index) == (int(photos.labels[3]), 3)


def test_crops_grow_in_the_first_half(prepared: Path) -> None:
    params = replace(TRAIN, first_crop=24, crop=32, epochs=4)
    trainer, sides = Trainer(params, Views(prepared, params), CPU), []
    for epoch in range(params.epochs):
        trainer.train_epoch(epoch)
        sides.append(trainer.side)
    assert sides == [24, 28, 32, 32]
    for size in (64, 28):  # the most is `crop`, whatever the first
        assert Trainer(replace(params, first_crop=size), Views(prepared, params), CPU).side == min(size, 32)
