"""A trained network answers about views of the training photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.train.checkpoint import load_checkpoint, load_network, save_checkpoint
from model.train.network import with_features
from model.train.views import Views
from tests.unit.conftest import TRAIN, Command

PARAMS = "train: { distillation: 1.0, views: 2, crop: 32, size: 48, seed: 5 }"


@pytest.fixture
def params(tmp_path: Path) -> Path:
    file = tmp_path / "params.yaml"
    file.write_text(PARAMS)
    return file


def test_the_answers_are_those_to_the_views_that_training_shows(
    trained: Path, prepared: Path, params: Path, command: Command, tmp_path: Path
) -> None:
    out = tmp_path / "answers"
    for _ in range(2):  # the second replaces the first
        assert command("teach", prepared, trained / "best.pt", out, "--params", params) == ""
    photos = Views(prepared, replace(TRAIN, seed=5))
    images = torch.stack([image for image, _, _ in (photos[1, index] for index in range(len(photos)))])
    with torch.no_grad():
        logits, features = with_features(load_network(trained / "best.pt"), images.float())
    assert np.allclose(np.load(out / "1-logits.npy"), logits, atol=0.05)  # of bfloat16
    assert np.allclose(np.load(out / "1-features.npy"), features, atol=0.05)
    assert not np.allclose(np.load(out / "0-logits.npy"), logits, atol=0.05)


def test_what_others_made_is_not_replaced(
    trained: Path, prepared: Path, params: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/0-logits.npy").write_text("thesis")
    message = command("teach", prepared, trained / "best.pt", tmp_path / "mine", "--params", params)
    assert "holds files that are not this command's to replace" in message
    assert (tmp_path / "mine/0-logits.npy").read_text() == "thesis"


def test_a_teacher_of_other_classes_is_refused(
    trained: Path, prepared: Path, params: Path, command: Command, tmp_path: Path
) -> None:
    other = load_checkpoint(trained / "best.pt") | {"classes": ["cat", "owl"]}
    save_checkpoint(tmp_path / "other.pt", other)
    line = ("teach", prepared, tmp_path / "other.pt", tmp_path / "out", "--params", params)
    assert "was trained for other classes than these photos have" in command(*line)
    assert not (tmp_path / "out").exists()
    line = ("teach", prepared, tmp_path / "none.pt", tmp_path / "out", "--params", params)
    assert command(*line) == f"error: there is no checkpoint {tmp_path / 'none.pt'}: run python -m model.train first"


def test_views_that_were_asked_about_are_not_asked_about_again(
    trained: Path, prepared: Path, params: Path, command: Command, tmp_path: Path
) -> None:
    out, more = tmp_path / "answers", tmp_path / "more.yaml"
    more.write_text(PARAMS.replace("views: 2", "views: 3"))
    command("teach", prepared, trained / "best.pt", out, "--params", params)
    marked = np.load(out / "1-features.npy") + 1
    np.save(out / "1-features.npy", marked)
    assert command("teach", prepared, trained / "best.pt", out, "--params", more) == ""
    assert np.array_equal(np.load(out / "1-features.npy"), marked)
    assert (out / "2-features.npy").exists()
    whole = (out / "2-logits.npy").read_bytes()
    (out / "2-logits.npy").write_bytes(whole[:-8])
    assert command("teach", prepared, trained / "best.pt", out, "--params", more) == ""
    assert (out / "2-logits.npy").read_bytes() == whole
    (out / "2-logits.npy").unlink()
    assert command("teach", prepared, trained / "best.pt", out, "--params", more) == ""
    assert (out / "2-logits.npy").read_bytes() == whole
    more.write_text(PARAMS.replace("seed: 5", "seed: 6"))  # other views
    assert command("teach", prepared, trained / "best.pt", out, "--params", more) == ""
    assert not np.array_equal(np.load(out / "1-features.npy"), marked)
    assert not (out / "2-features.npy").exists()
