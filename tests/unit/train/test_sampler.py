"""Which photos an epoch shows: all of them, and those of rare classes more often."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from model.prepare.dataset import Dataset
from model.train.network import predict_logits
from model.train.ranks import ALONE, Ranks
from model.train.sampler import Sampler, seed_of
from model.train.trainer import Trainer
from model.train.transforms import validation_transform
from model.train.views import Views
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


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


def test_ranks_share_an_epoch() -> None:
    sampler = Sampler(labels_of(20, 23), 2, 0.5)
    alone = sampler.batches(8, 1, ALONE)
    assert [len(batch) for batch in alone] == [8] * 5
    assert len({photo for batch in alone for photo in batch}) == 40
    parts = [sampler.batches(8, 1, Ranks(index, 2)) for index in range(2)]
    assert [one + other for one, other in zip(*parts, strict=True)] == alone


def test_few_photos_are_one_batch() -> None:
    assert [sorted(batch) for batch in Sampler(labels_of(2, 3), 2, 0.5).batches(64, 1, ALONE)] == [[0, 1, 2, 3, 4]]


def test_every_epoch_has_a_seed_of_its_own() -> None:
    seeds = [seed_of(seed, epoch, rank) for seed in range(3) for epoch in range(20) for rank in range(2)]
    assert len(set(seeds)) == len(seeds)


def write_rare(folder: Path) -> None:
    """Prepared photos: 600 dark cats and 12 dogs that are a little lighter; in the other splits 30 of each."""
    folder.mkdir()
    random = np.random.default_rng(1)
    splits = {}
    for split, counts in (("train", (600, 12)), ("validation", (30, 30)), ("test", (30, 30))):
        labels = np.repeat([0, 1], counts)
        levels = np.array([90, 130])[labels] + random.normal(0, 25, len(labels))
        pixels = (levels[:, None, None, None] + random.normal(0, 8, (len(labels), 32, 32, 3))).clip(0, 255)
        np.save(folder / f"{split}.npy", pixels.astype(np.uint8))
        np.save(folder / f"{split}-labels.npy", labels)
        splits[split] = dict(zip(("cat", "dog"), counts, strict=True))
    summary = {"classes": ["cat", "dog"], "size": 32, "data": "", "dropped": {}, "near_duplicates": 0, "splits": splits}
    (folder / "summary.json").write_text(json.dumps(summary))


def test_a_rare_class_is_recognised_more_often(tmp_path: Path) -> None:
    write_rare(tmp_path / "prepared")
    validation, params = (
        Dataset(tmp_path / "prepared", "validation", validation_transform(32)),
        replace(TRAIN, epochs=4, batch_size=32),
    )
    recall = {}
    for balance in (0.0, 1.0):
        torch.manual_seed(1)
        trainer = Trainer(replace(params, balance=balance), Views(tmp_path / "prepared", params), CPU)
        for epoch in range(params.epochs):
            trainer.train_epoch(epoch)
        logits = predict_logits(trainer.averaged, (images for images, _ in DataLoader(validation, 64)))
        recall[balance] = float((logits.argmax(1)[30:] == 1).mean())
    assert recall[0.0] + 0.1 < recall[1.0]
