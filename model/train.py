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
from model.command import run
from model.dataset import Dataset, load_summary
from model.metrics import classification_metrics
from model.params import TrainParams, load_params
from model.tracking import Tracker
from model.trainer import Trainer, best_device, predict_logits


def validate(trainer: Trainer, dataset: Dataset) -> dict[str, float]:
    """Metrics of the averaged weights on a split."""
    logits = predict_logits(trainer.averaged, dataset, trainer.device)
    probabilities = F.softmax(torch.from_numpy(logits), 1).numpy()
    return classification_metrics(dataset.labels.numpy(), probabilities)


def unfinished(prepared: Path, out: Path, params: TrainParams, teacher: Path | None = None) -> dict | None:
    """The last checkpoint of `out`, if it is of an interrupted training of the same kind on the same data."""
    if not (out / "last.pt").exists():
        return None
    last = load_checkpoint(out / "last.pt")
    before = last["params"], last.get("data"), "pupil" in last["trainer"]
    same = before == (asdict(params), load_summary(prepared), teacher is not None)
    return last if same and not _is_over(last["epoch"], last["best"], params) else None


def _is_over(epoch: int, best: dict, params: TrainParams) -> bool:
    return epoch + 1 >= params.epochs or epoch - best["epoch"] >= params.patience


def fit(
    prepared: Path,
    out: Path,
    params: TrainParams,
    last: dict | None = None,
    tracker: Tracker | None = None,
    teacher: Path | None = None,
) -> dict:
    """Trains until the schedule ends or the validation loss has not improved for `patience` epochs.

    Args:
        prepared: folder of model.prepare.
        out: folder for checkpoints and history.
        params: how to train.
        last: the checkpoint to go on from.
        tracker: is told of every epoch.
        teacher: folder of model.teach, whose features the network is to learn beside the labels.

    Returns:
        The validation metrics of the best epoch, and its number as "epoch".

    Raises:
        Mistake: nothing to train on, or training diverged.
    """
    trainer = Trainer(params, Dataset(prepared, "train", teacher), best_device())
    validation = Dataset(prepared, "validation")
    first, best, history = 0, {"loss": float("inf"), "epoch": -1}, []
    if last:
        trainer.load_state_dict(last["trainer"])
        first, best, history = last["epoch"] + 1, last["best"], last["history"]
    for epoch in range(first, params.epochs):
        row, metrics = _run_epoch(trainer, validation, epoch)
        history.append({"epoch": epoch} | row)
        if tracker:
            tracker.log_epoch(row, epoch)
        if metrics["loss"] < best["loss"]:
            best = metrics | {"epoch": epoch}
            weights = trainer.averaged.module.state_dict()
            save_checkpoint(out / "best.pt", {"params": asdict(params), "network": weights, "best": best})
        state = {"params": asdict(params), "data": load_summary(prepared), "trainer": trainer.state_dict()}
        save_checkpoint(out / "last.pt", state | {"epoch": epoch, "best": best, "history": history})
        _write_history(out / "history.csv", history)
        _say(history[-1], params.epochs, is_best=best["epoch"] == epoch)
        if _is_over(epoch, best, params) and epoch + 1 < params.epochs:
            tqdm.write(f"stopped: no better validation loss for {params.patience} epochs")
            break
    return best


def _run_epoch(trainer: Trainer, validation: Dataset, epoch: int) -> tuple[dict[str, float], dict[str, float]]:
    start = time.monotonic()
    row = {f"train_{name}": value for name, value in trainer.train_epoch(epoch).items()}
    metrics = validate(trainer, validation)
    row |= {f"validation_{name}": value for name, value in metrics.items()}
    return row | {"seconds": time.monotonic() - start}, metrics


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
    parser.add_argument("--teacher", type=Path, help="folder that model.teach wrote: learn from its features, too")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with an interrupted training if OUT has one with the same data and parameters; else train anew",
    )
    args = parser.parse_args()
    params = load_params(args.params)
    args.out.mkdir(parents=True, exist_ok=True)
    last = unfinished(args.prepared, args.out, params.train, args.teacher) if args.resume else None
    if last:
        print(f"going on after epoch {last['epoch'] + 1} of {args.out}")
    with Tracker(args.out, params, args.prepared, resume=last is not None) as tracker:
        best = fit(args.prepared, args.out, params.train, last, tracker, args.teacher)
        tracker.log_best(best)
    print(f"{args.out}/best.pt: validation accuracy {best['accuracy']:.2%} in epoch {best['epoch'] + 1}")


if __name__ == "__main__":
    run(main)
