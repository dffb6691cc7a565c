"""Batches of prepared photos."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.contract.errors import Mistake
from model.prepare.dataset import Dataset
from model.prepare.rows import Rows, new_rows

CPU = torch.device("cpu")


def test_batches_cover_a_split_in_order(prepared: Path) -> None:
    dataset = Dataset(prepared, "test")
    batches = list(dataset.batches(5, CPU))
    assert torch.equal(torch.cat([batch.labels for batch in batches]), dataset.labels)
    assert torch.equal(
        torch.cat([batch.images for batch in batches]).permute(0, 2, 3, 1), torch.tensor(np.load(prepared / "test.npy"))
    )


def test_batches_in_another_order(prepared: Path) -> None:
    dataset = Dataset(prepared, "train")
    order = torch.tensor([7, 3, 3, 11, 0])
    one, other = dataset.batches(3, CPU, order)
    pixels = np.load(prepared / "train.npy")
    assert torch.equal(torch.cat([one.images, other.images]).permute(0, 2, 3, 1), torch.tensor(pixels[order.numpy()]))
    assert torch.equal(torch.cat([one.labels, other.labels]), dataset.labels[order])


def test_a_file_that_is_cut_short_or_no_array(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    with new_rows(path, (4, 3, 2), np.float16) as rows:
        rows.write(np.arange(12, dtype=np.float16).reshape(2, 3, 2))
        rows.write(np.arange(12, 24, dtype=np.float16).reshape(2, 3, 2))
    assert np.array_equal(np.load(path), np.arange(24).reshape(4, 3, 2))
    assert np.array_equal(Rows(path)[np.array([3, 0])], np.load(path)[[3, 0]])
    read = Rows(path)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(Mistake, match="is cut short"):
        read[np.array([3])]
    for content in (b"", b"words", b"\x93NUMPY\x01\x00"):
        path.write_bytes(content)
        with pytest.raises(Mistake, match="is damaged"):
            Rows(path)
