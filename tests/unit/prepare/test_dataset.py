"""Prepared photos, one by one and in batches."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from model.contract.errors import Mistake
from model.prepare.dataset import Dataset
from model.prepare.rows import Rows, new_rows
from model.train.transforms import validation_transform


def test_photos_and_labels_are_as_they_were_prepared(prepared: Path) -> None:
    dataset, size = Dataset(prepared, "test", validation_transform(48)), len(np.load(prepared / "test.npy"))
    (images, labels), *more = DataLoader(dataset, batch_size=size)
    assert not more
    assert torch.equal(labels, torch.from_numpy(np.load(prepared / "test-labels.npy")))
    assert torch.equal(images.permute(0, 2, 3, 1), torch.from_numpy(np.load(prepared / "test.npy")))


def test_photos_are_changed_to_the_size_that_is_asked_for(prepared: Path) -> None:
    assert Dataset(prepared, "validation", validation_transform(32))[0][0].shape == (3, 32, 32)


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
