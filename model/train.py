"""Trains a network on prepared photos.

Writes `OUT/best.pt` (the averaged weights of the best epoch), `OUT/last.pt` (all that a resumed run needs) and
`OUT/history.csv`. Runs are tracked by MLflow: look at them with `mlflow ui --backend-store-uri sqlite:///mlflow.db`.
"""

import argparse
import csv
import time
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from tqdm import tqdm

from model.checkpoint import load_checkpoint, save_checkpoint
from model.command import Mistake, run
from model.dataset import Dataset
from model.metrics import classification_metrics
from model.params import TrainParams, load_params
from model.tracking import Tracker
from model.trainer import Trainer, best_device, predict_logits


def validate(trainer: Trainer, dataset: Dataset) -> dict[str, float]:
    """Metrics of the averaged weights on a split."""
    logits = predict_logits(trainer.averaged, dataset, trainer.device)
    probabilities = F.softmax(torch.from_numpy(logits), 1).numpy()
    return classification_metrics(dataset.labels.numpy(), probabilities)


def fit(prepared: Path, out: Path, params: TrainParams, resume: bool = False, tracker: Tracker | None = None) -> dict:
    """Trains until the schedule ends or the validation loss has not improved for `patience` epochs.

    Returns:
        The validation metrics of the best epoch, and its number as "epoch".

    Raises:
        Mistake: nothing to train on, or nothing to resume.
    """
    trainer = Trainer(params, Dataset(prepared, "train"), best_device())
    validation = Dataset(prepared, "validation")
    first, best, history = 0, {"loss": float("inf"), "epoch": -1}, []
    if resume:
        last = load_checkpoint(out / "last.pt")
        if last["params"] != asdict(params):
            raise Mistake(f"{out}/last.pt was trained with other parameters: train anew, without --resume")
        trainer.load_state_dict(last["trainer"])
        first, best, history = last["epoch"] + 1, last["best"], last["history"]
    for epoch in range(first, params.epochs):
        start = time.monotonic()
        row = {f"train_{k}": v for k, v in trainer.train_epoch(epoch).items()}
        metrics = validate(trainer, validation)
        row |= {f"validation_{k}": v for k, v in metrics.items()} | {"seconds": time.monotonic() - start}
        history.append({"epoch": epoch} | row)
        if tracker:
            tracker.log_epoch(row, epoch)
        if metrics["loss"] < best["loss"]:
            best = metrics | {"epoch": epoch}
            weights = trainer.averaged.module.state_dict()
            save_checkpoint(out / "best.pt", {"params": asdict(params), "network": weights, "best": best})
        last = {"params": asdict(params), "trainer": trainer.state_dict(), "epoch": epoch, "best": best}
        save_checkpoint(out / "last.pt", last | {"history": history})
        _write_history(out / "history.csv", history)
        _say(history[-1], params.epochs, is_best=best["epoch"] == epoch)
        if epoch - best["epoch"] >= params.patience:
            tqdm.write(f"stopped: no better validation loss for {params.patience} epochs")
            break
    return best


def _say(row: dict, epochs: int, is_best: bool) -> None:
    tqdm.write(
        f"epoch {row['epoch'] + 1:3}/{epochs}  train loss {row['train_loss']:.3f}"
        f"  validation loss {row['validation_loss']:.4f}  accuracy {row['validation_accuracy']:.2%}"
        f"  f1 {row['validation_f1']:.4f}  {row['seconds']:.0f} s{'  best' if is_best else ''}"
    )


def _write_history(path: Path, history: list[dict]) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, history[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(history)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("out", type=Path, help="folder for checkpoints and history")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument("--resume", action="store_true", help="go on where OUT/last.pt stands")
    args = parser.parse_args()
    params = load_params(args.params)
    args.out.mkdir(parents=True, exist_ok=True)
    with Tracker(args.out, params, args.prepared, resume=args.resume) as tracker:
        best = fit(args.prepared, args.out, params.train, args.resume, tracker)
    print(f"{args.out}/best.pt: validation accuracy {best['accuracy']:.2%} in epoch {best['epoch'] + 1}")


if __name__ == "__main__":
    run(main)
