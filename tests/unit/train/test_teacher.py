"""A network learns the answers of a teacher."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.prepare.dataset import Dataset
from model.train.checkpoint import load_checkpoint, save_checkpoint
from model.train.fit import fit, unfinished
from model.train.teacher import distillation_loss, load_teacher
from model.train.trainer import Trainer
from model.train.transforms import training_transform, validation_transform
from tests.unit.conftest import TRAIN, Command

CPU = torch.device("cpu")
STUDENT = replace(TRAIN, distillation=1.0, epochs=6, learning_rate=0.01, seed=2)


def test_the_loss_is_zero_where_both_agree() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])
    assert distillation_loss(logits, logits + 7).item() == pytest.approx(0, abs=1e-6)  # softmax ignores a common term
    assert distillation_loss(logits, -logits).item() > 0.5


def test_a_student_comes_closer_to_its_teacher(trained: Path, prepared: Path) -> None:
    """Also with labels that are all wrong, because only the teacher counts."""
    photos = Dataset(prepared, "train", training_transform(TRAIN.crop))
    photos.labels = 1 - photos.labels
    teacher = load_teacher(trained / "best.pt", photos.classes)
    trainer = Trainer(STUDENT, photos, CPU, teacher)
    images = torch.stack([Dataset(prepared, "test", validation_transform(48))[index][0] for index in range(10)])

    def distance() -> float:
        with torch.no_grad():
            return distillation_loss(trainer.network.eval()(images), teacher(images.float())).item()

    before = distance()
    for epoch in range(STUDENT.epochs):
        trainer.train_epoch(epoch)
    assert distance() < 0.7 * before


def test_a_training_is_resumed_with_the_same_teacher_only(trained: Path, prepared: Path, tmp_path: Path) -> None:
    teacher = trained / "best.pt"
    fit(prepared, tmp_path, STUDENT, teacher=teacher)
    save_checkpoint(tmp_path / "last.pt", load_checkpoint(tmp_path / "last.pt") | {"epoch": 0})
    last = unfinished(prepared, tmp_path, STUDENT, teacher)
    assert last is not None
    assert last["epoch"] == 0
    assert unfinished(prepared, tmp_path, STUDENT) is None
    assert unfinished(prepared, tmp_path, STUDENT, tmp_path / "best.pt") is None


def test_a_teacher_of_other_classes_is_refused(trained: Path, prepared: Path, command: Command, tmp_path: Path) -> None:
    other = load_checkpoint(trained / "best.pt") | {"classes": ["cat", "owl"]}
    save_checkpoint(tmp_path / "other.pt", other)
    (tmp_path / "params.yaml").write_text("train: { distillation: 1.0 }")
    line = ("train", prepared, tmp_path / "out", "--params", tmp_path / "params.yaml", "--teacher")
    assert "was trained for other classes than these photos have" in command(*line, tmp_path / "other.pt")
    message = command(*line, tmp_path / "none.pt")
    assert message == f"error: there is no checkpoint {tmp_path / 'none.pt'}: run python -m model.train first"


def test_without_distillation_no_teacher_is_trained(
    prepared: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_text("train: { distillation: 0 }")
    line = ("train", prepared, tmp_path / "out", "--section", "teacher", "--params", tmp_path / "params.yaml")
    assert command(*line) == ""
    assert capsys.readouterr().out == "train.distillation is 0: no teacher is needed\n"
    assert list((tmp_path / "out").iterdir()) == []
