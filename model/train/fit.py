"""The loop over epochs: trains, validates, keeps the best weights and all that a resumed run needs."""

import csv
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from model.evaluate.metrics import classification_metrics
from model.output import whole_file
from model.params import TrainParams
from model.prepare.dataset import Dataset
from model.prepare.summary import load_summary
from model.teach.answers import Answers, load_answers_summary
from model.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.train.device import best_device
from model.train.folder import HISTORY
from model.train.network import predict_logits
from model.train.ranks import ALONE, Ranks
from model.train.temperature import fit_temperature
from model.train.trainer import Trainer
from model.train.transforms import validation_transform
from model.train.views import Views

Metrics = dict[str, float]


def fit(
    prepared: Path,
    out: Path,
    params: TrainParams,
    last: Checkpoint | None = None,
    log_epoch: Callable[[Metrics, int], None] | None = None,
    answers: Path | None = None,
    ranks: Ranks = ALONE,
) -> Metrics:
    """Trains until the schedule ends or the validation loss has not improved for `patience` epochs.

    Args:
        prepared: folder of model.prepare.
        out: folder for checkpoints and history.
        params: how to train.
        last: the checkpoint to resume from.
        log_epoch: called after each epoch with its metrics and its number, on the main rank.
        answers: folder of model.teach, whose answers are learned, too.
        ranks: who trains.

    Returns:
        The validation metrics of the best epoch, and its number as "epoch".

    Raises:
        Mistake: nothing to train on, or training diverged.
    """
    learned = Answers(answers, prepared, params) if answers else None
    trainer = Trainer(params, Views(prepared, params), best_device(), learned, ranks)
    validation, first, history = Validation(prepared, params.size, trainer.device), 0, []
    inputs = _inputs(prepared, answers)
    best: Metrics = {"loss": float("inf"), "epoch": -1}
    if last:
        trainer.load_state_dict(last["trainer"])
        first, best, history = last["epoch"] + 1, last["best"], last["history"]
    for epoch in range(first, params.epochs):
        if epoch - 1 - best["epoch"] >= params.patience:
            break
        row, metrics = _run_epoch(trainer, validation, epoch)
        history.append({"epoch": epoch} | row)
        if metrics["loss"] < best["loss"]:
            best = metrics | {"epoch": epoch}
        if ranks.is_main:
            if log_epoch:
                log_epoch(row, epoch)
            _save(out, trainer, inputs | {"epoch": epoch, "best": best, "history": history})
    return best


def unfinished(prepared: Path, out: Path, params: TrainParams, answers: Path | None = None) -> Checkpoint | None:
    """The last checkpoint of `out`, if its training did not finish and had the same parameters, data and answers.

    Raises:
        Mistake: the checkpoint is damaged, or there are no prepared photos.
    """
    if not (out / "last.pt").exists():
        return None
    last = load_checkpoint(out / "last.pt")
    inputs = _inputs(prepared, answers)
    same = last["params"] == asdict(params) and {name: last.get(name) for name in inputs} == inputs
    return last if same and not last.get("finished") else None


def finish(out: Path) -> None:
    """Notes in last.pt that all is done: trained, and tracked. The next training, of changed code say, starts anew."""
    save_checkpoint(out / "last.pt", load_checkpoint(out / "last.pt") | {"finished": True})


def _inputs(prepared: Path, answers: Path | None) -> Checkpoint:
    """What a resumed training must have in common with the one before."""
    return {"data": load_summary(prepared), "answers": answers and load_answers_summary(answers)}


class Validation:
    """The validation split: read again in each epoch, or kept on a GPU.

    Args:
        prepared: folder of model.prepare.
        size: side of the images.
        device: where they are looked at.
    """

    def __init__(self, prepared: Path, size: int, device: torch.device):
        dataset = Dataset(prepared, "validation", validation_transform(size))
        self.labels = dataset.labels.numpy()
        self.batches: Iterable[list[Tensor]] = DataLoader(dataset, batch_size=128)
        if device.type == "cuda":
            self.batches = [[photos.to(device), labels] for photos, labels in self.batches]


def validate(trainer: Trainer, split: Validation) -> Metrics:
    """Metrics of the averaged weights on a split, at its best temperature: export divides the logits by it, too."""
    logits = predict_logits(trainer.averaged, (photos for photos, _ in split.batches))
    probabilities = F.softmax(torch.from_numpy(logits) / fit_temperature(logits, split.labels), 1).numpy()
    return classification_metrics(split.labels, probabilities)


def _run_epoch(trainer: Trainer, validation: Validation, epoch: int) -> tuple[Metrics, Metrics]:
    """The epoch's row of the history, and the validation metrics alone."""
    start = time.monotonic()
    row = {f"train_{name}": value for name, value in trainer.train_epoch(epoch).items()}
    metrics = trainer.ranks.ask_main(lambda: validate(trainer, validation))
    row |= {f"validation_{name}": value for name, value in metrics.items()}
    return row | {"seconds": time.monotonic() - start}, metrics


def _save(out: Path, trainer: Trainer, progress: Checkpoint) -> None:
    """Writes last.pt and history.csv, and best.pt if the last epoch is the best one; says how the epoch went."""
    same, best = {"params": asdict(trainer.params), "classes": list(trainer.photos.classes)}, progress["best"]
    if best["epoch"] == progress["epoch"]:
        weights = trainer.averaged.module.state_dict()
        save_checkpoint(out / "best.pt", same | {"network": weights, "best": best})
    save_checkpoint(out / "last.pt", same | {"trainer": trainer.state_dict()} | progress)
    _write_history(out / HISTORY, progress["history"])
    _print_epoch(progress["history"][-1], trainer.params.epochs, is_best=best["epoch"] == progress["epoch"])


def _print_epoch(row: Metrics, epochs: int, is_best: bool) -> None:
    tqdm.write(
        f"epoch {row['epoch'] + 1:3}/{epochs}  train loss {row['train_loss']:.3f}"
        f"  validation loss {row['validation_loss']:.4f}  accuracy {row['validation_accuracy']:.2%}"
        f"  f1 {row['validation_f1']:.4f}  {row['seconds']:.0f} s{'  best' if is_best else ''}"
    )


def _write_history(path: Path, history: list[Metrics]) -> None:
    with whole_file(path) as work, work.open("w", newline="") as file:
        table = csv.DictWriter(file, history[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(history)
