"""Trains a network on prepared photos.

Writes `OUT/best.pt` (the averaged weights of the best epoch), `OUT/last.pt` (all that a resumed run needs) and
`OUT/history.csv`. Runs are tracked by MLflow: look at them with `mlflow ui --backend-store-uri sqlite:///mlflow.db`.
"""

import argparse
from pathlib import Path

from model.command import run
from model.params import load_params
from model.tracking import Tracker
from model.train.fit import fit, unfinished
from model.train.folder import make_folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument(
        "out", type=Path, help="folder for checkpoints and history; that of an earlier run is used again"
    )
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument(
        "--teacher", type=Path, help="folder that model.teach wrote: the network learns its features, too"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume an interrupted training if OUT has one with the same data and parameters; else start anew",
    )
    args = parser.parse_args()
    params = load_params(args.params)
    make_folder(args.out, [args.prepared, *([args.teacher] if args.teacher else [])])
    last = unfinished(args.prepared, args.out, params.train, args.teacher) if args.resume else None
    if last:
        print(f"resuming after epoch {last['epoch'] + 1} of {args.out}")
    with Tracker(args.out, params, args.prepared, resume=last is not None) as tracker:
        best = fit(args.prepared, args.out, params.train, last, tracker.log_epoch, args.teacher)
        tracker.log_best(best)
    print(f"{args.out}/best.pt: validation accuracy {best['accuracy']:.2%} in epoch {best['epoch'] + 1}")


if __name__ == "__main__":
    run(main)
