"""A network in training learns a teacher's features beside the labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from model.prepare.dataset import Dataset
from model.train.checkpoint import load_checkpoint, save_checkpoint
from model.train.fit import fit, unfinished
from model.train.presets import eval_preset
from model.train.trainer import Trainer
from tests.unit.conftest import TRAIN, Command

CPU = torch.device("cpu")


def test_a_student_learns_to_predict_the_teachers_features(taught: Path, prepared: Path) -> None:
    dataset = Dataset(prepared, "train", taught)
    trainer = Trainer(replace(TRAIN, distillation=1.0), dataset, CPU)
    student = trainer.student
    assert student is not None
    features = torch.tensor(np.load(taught / "train.npy")).permute(0, 3, 1, 2).float().mean((2, 3))

    def unexplained() -> float:
        with torch.no_grad():
            _, projected = student.train()(eval_preset(dataset.images(torch.arange(len(dataset)))))
        return float((projected.mean((2, 3)) - features).square().sum(1).mean())

    before = unexplained()
    for epoch in range(TRAIN.epochs):
        trainer.train_epoch(epoch)
    assert unexplained() < 0.8 * before


def test_a_training_is_resumed_with_the_same_teacher_only(taught: Path, prepared: Path, tmp_path: Path) -> None:
    params = replace(TRAIN, epochs=2)
    fit(prepared, tmp_path, params, teacher=taught)
    save_checkpoint(tmp_path / "last.pt", load_checkpoint(tmp_path / "last.pt") | {"epoch": 0})
    last = unfinished(prepared, tmp_path, params, taught)
    assert last is not None
    assert last["epoch"] == 0
    assert unfinished(prepared, tmp_path, params) is None


def test_features_of_other_photos_are_refused(taught: Path, prepared: Path, command: Command, tmp_path: Path) -> None:
    teacher = tmp_path / "features"
    teacher.mkdir()
    np.save(teacher / "train.npy", np.load(taught / "train.npy")[1:])
    message = command("train", prepared, tmp_path / "out", "--teacher", teacher)
    assert message == f"error: {teacher} was made from other photos: run python -m model.teach again"


def test_missing_inputs_are_named(prepared: Path, command: Command, tmp_path: Path) -> None:
    teacher = tmp_path / "features"
    message = command("train", prepared, tmp_path / "out", "--teacher", teacher)
    assert message == f"error: there is no {teacher / 'train.npy'}: run python -m model.teach first"
    message = command("teach", tmp_path / "prepared", teacher)
    assert message == f"error: {tmp_path / 'prepared'} has no prepared photos: run python -m model.prepare first"
    assert not teacher.exists()


def test_other_networks_do_not_learn_from_a_teacher(
    taught: Path, prepared: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "params.yaml").write_text("train: { network: mobilenet_v3_small }")
    message = command("train", prepared, tmp_path / "out", "--teacher", taught, "--params", tmp_path / "params.yaml")
    assert message == "error: only the compact network learns from a teacher: set train.network to compact"
