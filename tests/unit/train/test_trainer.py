"""One epoch of training, its crops, and its random transformations."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.prepare.dataset import Dataset
from model.train.presets import warp
from model.train.trainer import Trainer, crop_of
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


@pytest.mark.parametrize("mixup", [0.0, 0.2])
def test_a_step_changes_every_weight(prepared: Path, mixup: float) -> None:
    trainer = Trainer(replace(TRAIN, mixup=mixup, epochs=1), Dataset(prepared, "train"), CPU)
    before = {name: weight.clone() for name, weight in trainer.network.named_parameters()}
    metrics = trainer.train_epoch(0)
    assert 0 <= metrics["accuracy"] <= 1
    assert [name for name, weight in trainer.network.named_parameters() if torch.equal(weight, before[name])] == []


def test_crops_grow_to_their_full_size() -> None:
    crops = [crop_of(epoch, replace(TRAIN, first_crop=64, crop=112, epochs=9)) for epoch in range(9)]
    assert crops[0] == 64
    assert crops == sorted(crops)
    assert crops[6:] == [112] * 3
    assert all(crop % 16 == 0 for crop in crops)


def test_images_and_features_are_warped_alike() -> None:
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    mirror = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    assert torch.allclose(warp(image, mirror, 4, 4), image.flip(3), atol=1e-5)
    left_half = torch.tensor([[[0.5, 0, -0.5], [0, 1, 0]]])
    assert torch.allclose(warp(image, left_half, 4, 2), image[..., :2], atol=1e-5)
