"""Batches of prepared photos."""

from pathlib import Path

import torch

from model.prepare.dataset import Dataset

CPU = torch.device("cpu")


def test_batches_cover_a_split_in_order(prepared: Path) -> None:
    dataset = Dataset(prepared, "test")
    batches = list(dataset.batches(5, CPU))
    assert torch.equal(torch.cat([batch.labels for batch in batches]), dataset.labels)
    assert torch.equal(torch.cat([batch.images for batch in batches]).permute(0, 2, 3, 1), torch.tensor(dataset.pixels))


def test_shuffled_batches_are_full_and_without_repetition(prepared: Path) -> None:
    dataset = Dataset(prepared, "train")
    batches = list(dataset.batches(16, CPU, torch.Generator().manual_seed(1)))
    assert [len(batch.labels) for batch in batches] == [16] * (len(dataset) // 16)
    photos = [photo.numpy().tobytes() for batch in batches for photo in batch.images]
    assert len(set(photos)) == len(photos)
