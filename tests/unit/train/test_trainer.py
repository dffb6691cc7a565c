"""One epoch of training."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.prepare.dataset import Dataset
from model.train.trainer import Trainer
from model.train.transforms import training_transform
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


@pytest.mark.parametrize("mixup", [0.0, 0.2])
def test_a_step_changes_every_weight(prepared: Path, mixup: float) -> None:
    photos = Dataset(prepared, "train", training_transform(TRAIN.crop))
    trainer = Trainer(replace(TRAIN, mixup=mixup, epochs=1), photos, CPU)
    before = {name: weight.clone() for name, weight in trainer.network.named_parameters()}
    metrics = trainer.train_epoch(0)
    assert 0 <= metrics["accuracy"] <= 1
    assert [name for name, weight in trainer.network.named_parameters() if torch.equal(weight, before[name])] == []


def test_photos_are_varied_at_random(prepared: Path) -> None:
    photos = Dataset(prepared, "train", training_transform(32))
    (one, label), (other, _) = photos[0], photos[0]
    assert one.shape == other.shape == (3, 32, 32)
    assert one.dtype == torch.uint8
    assert not torch.equal(one, other)
    assert label == photos.labels[0]
