"""Which photos an epoch shows: all of them, and those of rare classes more often."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.params import PrepareParams
from model.prepare.arrays import prepare
from model.prepare.dataset import Dataset
from model.train.fit import fit
from model.train.sampler import Sampler
from tests.unit.conftest import TRAIN
from tests.unit.photos import RED, encoded, landscape, plain, write_easy_photos


def labels_of(*counts: int) -> torch.Tensor:
    return torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))


def shown(sampler: Sampler) -> torch.Tensor:
    """How often each photo is in an epoch."""
    return torch.bincount(sampler.order(torch.Generator().manual_seed(1)), minlength=len(sampler.labels))


@pytest.mark.parametrize("counts", [(50, 50), (60, 40), (70, 30), (10, 12, 9)])
def test_an_epoch_of_classes_of_like_size_shows_every_photo_once(counts: tuple[int, ...]) -> None:
    sampler = Sampler(labels_of(*counts), len(counts), 0.5)
    assert len(sampler) == sum(counts)
    assert shown(sampler).tolist() == [1] * sum(counts)


@pytest.mark.parametrize(("balance", "times"), [(0.0, 1.0), (0.5, 3.57), (1.0, 12.75)])
def test_a_class_50_times_rarer_is_shown_more_often(balance: float, times: float) -> None:
    sampler = Sampler(labels_of(2000, 40), 2, balance)
    counts = shown(sampler)
    assert counts[:2000].tolist() == [1] * 2000
    assert counts[2000:].sum() == round(40 * times)
    assert counts.sum() == len(sampler)
    assert counts[2000:].max() - counts[2000:].min() <= 1
    assert not torch.equal(*(sampler.order(torch.Generator().manual_seed(seed)) for seed in (1, 2)))


def test_a_class_without_training_photos_is_no_obstacle() -> None:
    assert len(Sampler(labels_of(5, 0, 5), 3, 0.5)) == 10


def test_rare_photos_are_recognised_more_often_than_without(tmp_path: Path) -> None:
    """50 cats for each dog, and dogs that look like cats but for their tint."""
    for index in range(306):
        label = "dog" if index % 51 == 0 else "cat"
        (tmp_path / "photos" / label).mkdir(parents=True, exist_ok=True)
        tinted = plain(RED if label == "cat" else (190, 60, 60), 48, 48)
        photo = encoded(tinted, "PNG") if False else encoded(_blend(index, tinted), "PNG")
        (tmp_path / "photos" / label / f"{index}.png").write_bytes(photo)
    prepare(tmp_path / "photos", tmp_path / "prepared", PrepareParams(size=48, validation=0.2, test=0.2))
