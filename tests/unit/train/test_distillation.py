"""A network learns the answers of a teacher."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.contract.errors import Mistake
from model.prepare.arrays import prepare
from model.teach.answers import Answers
from model.train.checkpoint import load_checkpoint, load_network, save_checkpoint
from model.train.distillation import distillation_loss
from model.train.fit import fit, unfinished
from model.train.trainer import Trainer
from model.train.views import Views
from tests.unit.conftest import PREPARE, TRAIN, Command

CPU = torch.device("cpu")
STUDENT = replace(TRAIN, distillation=1.0, views=2, epochs=6, learning_rate=0.01)


def test_the_loss_is_zero_where_both_agree() -> None:
    logits, features = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]]), torch.tensor([[0.5, -0.5], [-0.5, 0.5]])
    same = distillation_loss((logits + 7, features), (logits, features))  # softmax ignores a common term
    assert same.item() == pytest.approx(0, abs=1e-6)
    assert distillation_loss((-logits, features), (logits, features)).item() > 0.5
    assert distillation_loss((logits, 0 * features), (logits, features)).item() == pytest.approx(4 * 0.5)


def test_a_student_comes_closer_to_its_teacher(answers: Path, trained: Path, prepared: Path) -> None:
    """Also with labels that are all wrong, because only the teacher counts."""
    photos = Views(prepared, STUDENT)
    images = torch.stack([photos[0, index][0] for index in range(20)])
    photos.labels = photos.photos.labels = 1 - photos.labels
    learned = Answers(answers, prepared, STUDENT)
    trainer, teacher = Trainer(STUDENT, photos, CPU, learned), load_network(trained / "best.pt")

    def distance() -> float:
        with torch.no_grad():
            ours, theirs = (each.eval()(images).softmax(1) for each in (trainer.network, teacher))
        return float((ours - theirs).abs().mean())

    before = distance()
    for epoch in range(STUDENT.epochs):
        trainer.train_epoch(epoch)
    assert distance() < 0.7 * before


def test_a_training_is_resumed_with_the_same_answers_only(answers: Path, prepared: Path, tmp_path: Path) -> None:
    fit(prepared, tmp_path, STUDENT, answers=answers)
    save_checkpoint(tmp_path / "last.pt", load_checkpoint(tmp_path / "last.pt") | {"epoch": 0})
    last = unfinished(prepared, tmp_path, STUDENT, answers)
    assert last is not None
    assert last["epoch"] == 0
    assert unfinished(prepared, tmp_path, STUDENT) is None


def test_answers_to_other_views_are_refused(answers: Path, prepared: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("train: { distillation: 1.0, views: 3, crop: 32, size: 48, seed: 1 }")
    line = ("train", prepared, tmp_path / "out", "--params", tmp_path / "params.yaml", "--answers")
    message = command(*line, answers)
    assert message == f"error: the answers in {answers} are to other views (views): run python -m model.teach"
    message = command(*line, tmp_path / "none")
    assert message == f"error: {tmp_path / 'none'} has no answers of a teacher: run python -m model.teach first"


def test_answers_about_other_splits_and_damaged_ones_are_refused(
    answers: Path, photos: Path, prepared: Path, tmp_path: Path
) -> None:
    """The same photos divided in another way have the same hash, and their answers are in other rows."""
    prepare(photos, tmp_path / "other", replace(PREPARE, test=0.3))
    with pytest.raises(Mistake, match=r"are to other views \(prepared\)"):
        Answers(answers, tmp_path / "other", STUDENT)
    shutil.copytree(answers, tmp_path / "damaged")
    (tmp_path / "damaged/1-features.npy").unlink()
    with pytest.raises(Mistake, match="are damaged"):
        Answers(tmp_path / "damaged", prepared, STUDENT)


def test_answers_to_views_that_are_not_mixed_are_refused(answers: Path, prepared: Path) -> None:
    with pytest.raises(Mistake, match=r"are to other views \(mixup\)"):
        Answers(answers, prepared, replace(STUDENT, mixup=0.2))


def test_without_distillation_no_teacher_is_trained_or_asked(
    prepared: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_text("train: { distillation: 0 }")
    params = ("--params", tmp_path / "params.yaml")
    assert command("train", prepared, tmp_path / "out", "--section", "teacher", *params) == ""
    assert capsys.readouterr().out == "train.distillation is 0: no teacher is needed\n"
    assert list((tmp_path / "out").iterdir()) == []
    assert command("teach", prepared, tmp_path / "out/best.pt", tmp_path / "answers", *params) == ""
    assert capsys.readouterr().out == "train.distillation is 0: no answers are needed\n"
    assert list((tmp_path / "answers").iterdir()) == []
