"""Training learns, stops, and goes on where it was interrupted."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.checkpoint import load_checkpoint, save_checkpoint
from model.contract.errors import Mistake
from model.dataset import Dataset
from model.network import build
from model.train import fit, unfinished
from model.trainer import Trainer, crop_of, predict_logits
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


class Interruption:
    """Is told of every epoch, and stops everything in one of them, as Ctrl-C would."""

    def __init__(self, epoch: int):
        self.epoch = epoch

    def log_epoch(self, metrics: dict[str, float], epoch: int) -> None:
        if epoch == self.epoch:
            raise KeyboardInterrupt


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def test_a_few_epochs_lower_the_loss(trained):
    rows = history(trained)
    assert len(rows) == TRAIN.epochs
    assert float(rows[-1]["train_loss"]) < 0.7 * float(rows[0]["train_loss"])
    assert float(rows[-1]["validation_accuracy"]) > 0.9


def test_the_best_epoch_is_kept(trained):
    best = load_checkpoint(trained / "best.pt")["best"]
    losses = [float(row["validation_loss"]) for row in history(trained)]
    assert best["epoch"] == losses.index(min(losses))
    assert best["loss"] == pytest.approx(min(losses))


def test_a_resumed_training_is_the_same_as_an_unbroken_one(trained, prepared, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(prepared, tmp_path, TRAIN, tracker=Interruption(2))
    last = unfinished(prepared, tmp_path, TRAIN)
    assert last["epoch"] == 1
    fit(prepared, tmp_path, TRAIN, last)
    assert history(tmp_path) == history(trained)
    resumed, unbroken = (load_checkpoint(folder / "best.pt")["network"] for folder in (tmp_path, trained))
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_the_same_seed_gives_the_same_weights(trained, prepared, tmp_path):
    fit(prepared, tmp_path, TRAIN)
    assert history(tmp_path) == history(trained)


def test_only_an_interrupted_training_of_the_same_kind_is_resumed(trained, prepared, tmp_path):
    assert unfinished(prepared, tmp_path, TRAIN) is None  # nothing there
    assert unfinished(prepared, trained, TRAIN) is None  # over
    last = load_checkpoint(trained / "last.pt")
    save_checkpoint(tmp_path / "last.pt", last | {"epoch": 1})
    assert unfinished(prepared, tmp_path, TRAIN)["epoch"] == 1
    assert unfinished(prepared, tmp_path, replace(TRAIN, seed=2)) is None  # other parameters
    save_checkpoint(tmp_path / "last.pt", last | {"epoch": 1, "data": last["data"] | {"data": "other photos"}})
    assert unfinished(prepared, tmp_path, TRAIN) is None


def test_training_stops_early(prepared, tmp_path):
    params = replace(TRAIN, epochs=40, patience=2, learning_rate=0.01)
    best = fit(prepared, tmp_path, params)
    assert len(history(tmp_path)) == best["epoch"] + 1 + params.patience < params.epochs


def test_diverging_training_says_so(prepared, tmp_path):
    with pytest.raises(Mistake, match=r"training diverged, set a smaller train\.learning_rate"):
        fit(prepared, tmp_path, replace(TRAIN, learning_rate=1e30))
    assert not (tmp_path / "best.pt").exists()


@pytest.mark.parametrize("mixup", [0.0, 0.2])
def test_a_step_changes_every_weight(prepared, mixup):
    trainer = Trainer(replace(TRAIN, mixup=mixup, epochs=1), Dataset(prepared, "train"), CPU)
    before = {name: weight.clone() for name, weight in trainer.network.named_parameters()}
    metrics = trainer.train_epoch(0)
    assert 0 <= metrics["accuracy"] <= 1
    assert [name for name, weight in trainer.network.named_parameters() if torch.equal(weight, before[name])] == []


def test_crops_grow_to_their_full_size():
    crops = [crop_of(epoch, replace(TRAIN, first_crop=64, crop=112, epochs=9)) for epoch in range(9)]
    assert crops[0] == 64
    assert crops == sorted(crops)
    assert crops[6:] == [112] * 3
    assert all(crop % 16 == 0 for crop in crops)


def test_batches_cover_a_split_in_order(prepared):
    dataset = Dataset(prepared, "test")
    batches = list(dataset.batches(5, CPU))
    assert torch.equal(torch.cat([batch.labels for batch in batches]), dataset.labels)
    assert torch.equal(torch.cat([batch.images for batch in batches]).permute(0, 2, 3, 1), torch.tensor(dataset.pixels))


def test_shuffled_batches_are_full_and_without_repetition(prepared):
    dataset = Dataset(prepared, "train")
    batches = list(dataset.batches(16, CPU, torch.Generator().manual_seed(1)))
    assert [len(batch.labels) for batch in batches] == [16] * (len(dataset) // 16)
    photos = [photo.numpy().tobytes() for batch in batches for photo in batch.images]
    assert len(set(photos)) == len(photos)


@pytest.mark.parametrize("network", ["compact", "mobilenet_v3_small", "resnet18"])
def test_networks_answer_with_two_logits(network, prepared):
    logits = predict_logits(build(network), Dataset(prepared, "test"), CPU)
    assert logits.shape == (len(Dataset(prepared, "test")), 2)


@pytest.mark.parametrize(
    ("network", "pretrained", "reason"),
    [
        ("resnet", False, "no network is called 'resnet'"),
        ("compact", True, "compact network has no pretrained weights"),
    ],
)
def test_networks_that_cannot_be(network, pretrained, reason):
    with pytest.raises(Mistake, match=reason):
        build(network, pretrained)


@pytest.mark.parametrize("content", [b"", b"words", b"\x80\x02}q\x00."])
def test_a_damaged_checkpoint(tmp_path, content):
    (tmp_path / "best.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a checkpoint of model\.train"):
        load_checkpoint(tmp_path / "best.pt")
