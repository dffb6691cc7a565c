"""The teacher's features of the training photos."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.prepare.dataset import Dataset
from model.teach.teacher import KEPT, Teacher


def test_every_photo_has_a_grid_of_features(taught: Path, prepared: Path) -> None:
    features = np.load(taught / "train.npy")
    assert features.shape == (len(Dataset(prepared, "train")), 6, 6, KEPT)
    assert features.dtype == np.float16
    energy = np.square(features.astype(np.float64)).sum(-1).mean()
    assert energy == pytest.approx(1, abs=0.01)


def test_a_mirrored_photo_has_mirrored_features(prepared: Path) -> None:
    images = Dataset(prepared, "train").images(torch.arange(8))
    teacher = Teacher()
    features, mirrored = teacher(images), teacher(images.flip(3)).flip(2)
    others = features.roll(1, 0)
    assert (features - mirrored).square().mean() < 0.5 * (features - others).square().mean()


def test_the_teacher_tells_the_classes_apart(taught: Path, prepared: Path) -> None:
    dataset = Dataset(prepared, "train")
    features = np.load(taught / "train.npy").astype(np.float32).mean((1, 2))
    labels = dataset.labels.numpy()
    distance = np.linalg.norm(features[:, None] - features[None], axis=-1) + np.diag(np.full(len(features), np.inf))
    assert (labels[distance.argmin(1)] == labels).mean() > 0.9  # the nearest neighbour is of the same class
