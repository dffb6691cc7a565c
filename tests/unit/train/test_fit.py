"""Training learns, stops, and can be resumed."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.contract.errors import Mistake
from model.train.checkpoint import load_checkpoint, load_network, save_checkpoint
from model.train.fit import finish, fit, unfinished
from tests.unit.conftest import TRAIN


def interrupt(metrics: dict[str, float], epoch: int) -> None:
    """Stops everything after the third epoch, as Ctrl-C would."""
    if epoch == 2:
        raise KeyboardInterrupt


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def test_a_few_epochs_lower_the_loss(trained: Path) -> None:
    rows = history(trained)
    assert len(rows) == TRAIN.epochs
    assert min(float(row["train_loss"]) for row in rows) < 0.7 * float(rows[0]["train_loss"])  # noisy: five batches
    assert float(rows[-1]["validation_loss"]) < 0.7 * float(rows[0]["validation_loss"])
    assert float(rows[-1]["validation_accuracy"]) > 0.9


def test_the_best_epoch_is_kept(trained: Path) -> None:
    best = load_checkpoint(trained / "best.pt")["best"]
    losses = [float(row["validation_loss"]) for row in history(trained)]
    assert best["epoch"] == losses.index(min(losses))
    assert best["loss"] == pytest.approx(min(losses))


def test_a_resumed_training_equals_an_uninterrupted_one(trained: Path, prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(prepared, tmp_path, TRAIN, log_epoch=interrupt)
    last = unfinished(prepared, tmp_path, TRAIN)
    assert last is not None
    assert last["epoch"] == 1
    fit(prepared, tmp_path, TRAIN, last)
    assert history(tmp_path) == history(trained)
    resumed, uninterrupted = (load_checkpoint(folder / "best.pt")["network"] for folder in (tmp_path, trained))
    assert resumed.keys() == uninterrupted.keys()
    assert all(torch.equal(resumed[name], uninterrupted[name]) for name in uninterrupted)


def test_the_same_seed_gives_the_same_weights(trained: Path, prepared: Path, tmp_path: Path) -> None:
    fit(prepared, tmp_path, TRAIN)
    assert history(tmp_path) == history(trained)


def test_only_an_interrupted_training_of_the_same_kind_is_resumed(
    trained: Path, prepared: Path, tmp_path: Path
) -> None:
    assert unfinished(prepared, tmp_path, TRAIN) is None  # there is no checkpoint
    assert unfinished(prepared, trained, TRAIN) is None  # finished
    last = load_checkpoint(trained / "last.pt") | {"finished": False}
    save_checkpoint(tmp_path / "last.pt", last | {"epoch": 1})
    resumable = unfinished(prepared, tmp_path, TRAIN)
    assert resumable is not None
    assert resumable["epoch"] == 1
    assert unfinished(prepared, tmp_path, replace(TRAIN, seed=2)) is None  # other parameters
    save_checkpoint(tmp_path / "last.pt", last | {"epoch": 1, "data": last["data"] | {"data": "other photos"}})
    assert unfinished(prepared, tmp_path, TRAIN) is None


def test_training_stops_early_and_then_has_nothing_left_to_train(prepared: Path, tmp_path: Path) -> None:
    params = replace(TRAIN, epochs=40, patience=2, learning_rate=0.01)
    best = fit(prepared, tmp_path, params)
    epochs = history(tmp_path)
    assert len(epochs) == best["epoch"] + 1 + params.patience < params.epochs
    last = unfinished(prepared, tmp_path, params)  # killed before it was tracked, say
    assert last is not None
    assert fit(prepared, tmp_path, params, last) == best
    assert history(tmp_path) == epochs
    finish(tmp_path)
    assert unfinished(prepared, tmp_path, params) is None


def test_diverging_training_says_so(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"training diverged, set a smaller learning_rate"):
        fit(prepared, tmp_path, replace(TRAIN, learning_rate=1e30))
    assert not (tmp_path / "best.pt").exists()


def test_another_file_of_torch_is_no_network(trained: Path, tmp_path: Path, exported: Path) -> None:
    with pytest.raises(Mistake, match=r"last\.pt is not a finished network: name best\.pt, which model\.train writes"):
        load_network(trained / "last.pt")
    best = load_checkpoint(trained / "best.pt")
    others = [torch.zeros(2), {"weight": torch.zeros(2)}, best | {"network": {}}]
    for content, words in zip(others, ["not a checkpoint", "not a checkpoint", "weights in"], strict=True):
        torch.save(content, tmp_path / "other.pt")
        with pytest.raises(Mistake, match=words):
            load_network(tmp_path / "other.pt")
    with pytest.raises(Mistake, match="is not a checkpoint"):  # and no warning of torch
        load_network(exported)


@pytest.mark.parametrize("content", [b"", b"words", b"\x80\x02}q\x00."])
def test_a_damaged_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "best.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a checkpoint of model\.train"):
        load_checkpoint(tmp_path / "best.pt")
