"""What the teacher sees, and that the network in training learns from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import teach, train
from model.checkpoint import load_checkpoint, save_checkpoint
from model.dataset import Dataset
from model.presets import eval_preset, look
from model.teach import KEPT, Teacher
from model.train import fit, unfinished
from model.trainer import Trainer
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def taught(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model.teach."""
    out = tmp_path_factory.mktemp("work") / "features"
    teach.teach(prepared, out)
    return out


def test_every_photo_has_a_grid_of_features(taught, prepared):
    features = np.load(taught / "train.npy")
    assert features.shape == (len(Dataset(prepared, "train")), 6, 6, KEPT)
    assert features.dtype == np.float16
    energy = np.square(features.astype(np.float64)).sum(-1).mean()
    assert energy == pytest.approx(1, abs=0.01)


def test_the_teacher_sees_the_same_in_a_mirror(prepared):
    images = Dataset(prepared, "train").images(torch.arange(8))
    teacher = Teacher()
    seen, mirrored = teacher(images), teacher(images.flip(3)).flip(2)
    others = seen.roll(1, 0)
    assert (seen - mirrored).square().mean() < 0.5 * (seen - others).square().mean()


def test_the_teacher_tells_the_classes_apart(taught, prepared):
    dataset = Dataset(prepared, "train", taught)
    seen = np.asarray(dataset.features, dtype=np.float32).mean((1, 2))
    labels = dataset.labels.numpy()
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1) + np.diag(np.full(len(seen), np.inf))
    assert (labels[distance.argmin(1)] == labels).mean() > 0.9  # the nearest neighbour is of the same class


def test_features_are_looked_at_through_the_same_view_as_the_image():
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    mirror = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    assert torch.allclose(look(image, mirror, 4, 4), image.flip(3), atol=1e-5)
    left_half = torch.tensor([[[0.5, 0, -0.5], [0, 1, 0]]])
    assert torch.allclose(look(image, left_half, 4, 2), image[..., :2], atol=1e-5)


def test_a_network_learns_to_foretell_what_the_teacher_sees(taught, prepared):
    dataset = Dataset(prepared, "train", taught)
    trainer = Trainer(replace(TRAIN, distillation=1.0), dataset, CPU)
    seen = torch.tensor(np.asarray(dataset.features)).permute(0, 3, 1, 2).float().mean((2, 3))

    def unexplained() -> float:
        with torch.no_grad():
            _, guess = trainer.pupil.train()(eval_preset(dataset.images(torch.arange(len(dataset)))))
        return float((guess.mean((2, 3)) - seen).square().sum(1).mean())

    before = unexplained()
    for epoch in range(TRAIN.epochs):
        trainer.train_epoch(epoch)
    assert unexplained() < 0.8 * before


def test_a_resumed_training_goes_on_with_the_same_teacher(taught, prepared, tmp_path):
    params = replace(TRAIN, epochs=2)
    fit(prepared, tmp_path, params, teacher=taught)
    save_checkpoint(tmp_path / "last.pt", load_checkpoint(tmp_path / "last.pt") | {"epoch": 0})
    assert unfinished(prepared, tmp_path, params, taught)["epoch"] == 0
    assert unfinished(prepared, tmp_path, params) is None


def test_features_of_other_photos_are_refused(taught, prepared, command, tmp_path):
    np.save(tmp_path / "train.npy", np.load(taught / "train.npy")[1:])
    told = command(train, prepared, tmp_path / "out", "--teacher", tmp_path)
    assert told == f"error: {tmp_path} was made from other photos: run python -m model.teach again"


def test_missing_inputs_are_named(prepared, command, tmp_path):
    told = command(train, prepared, tmp_path / "out", "--teacher", tmp_path)
    assert told == f"error: there is no {tmp_path / 'train.npy'}: run python -m model.teach first"
    told = command(teach, tmp_path, tmp_path / "features")
    assert told == f"error: there is no {tmp_path / 'train.npy'}: run python -m model.prepare first"
    assert not (tmp_path / "features").exists()


def test_other_networks_do_not_learn_from_a_teacher(taught, prepared, command, tmp_path):
    (tmp_path / "params.yaml").write_text("train: { network: mobilenet_v3_small }")
    told = command(train, prepared, tmp_path / "out", "--teacher", taught, "--params", tmp_path / "params.yaml")
    assert told == "error: only the compact network learns from a teacher: set train.network to compact"
