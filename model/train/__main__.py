"""Trains a network on prepared photos.

Writes `OUT/best.pt` (the averaged weights of the best epoch), `OUT/last.pt` (all that a resumed run needs) and
`OUT/history.csv`. MLflow tracks it: `mlflow ui --backend-store-uri sqlite:///mlflow.db` shows its runs.

On several GPUs or machines: `torchrun --nproc-per-node=2 -m model.train …` (DistributedDataParallel). A batch is
divided among the processes; the first one writes and validates.
"""

import argparse
from pathlib import Path

from model.command import run
from model.contract.errors import Mistake
from model.params import Params, load_params
from model.tracking import Tracker
from model.train.device import best_device
from model.train.fit import finish, fit, unfinished
from model.train.folder import make_folder
from model.train.ranks import Ranks, join_ranks


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument(
        "out", type=Path, help="folder for checkpoints and history; that of an earlier run is used again"
    )
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    parser.add_argument(
        "--section", choices=("train", "teacher"), default="train", help="of the parameters; default: %(default)s"
    )
    parser.add_argument(
        "--answers", type=Path, help="folder that model.teach wrote: a teacher's answers, to learn them"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume an interrupted training with the same data, parameters and answers, if OUT has one",
    )
    args = parser.parse_args()
    with join_ranks(best_device()) as ranks:
        train(args, load_params(args.params), ranks)


def train(args: argparse.Namespace, params: Params, ranks: Ranks) -> None:
    """Trains as the command line says."""
    section = params.teacher if args.section == "teacher" else params.train
    if ranks.is_main:
        make_folder(args.out, [args.prepared, *([args.answers] if args.answers else [])])
    if args.section == "teacher" and params.train.distillation == 0:
        print("train.distillation is 0: no teacher is needed")
        return
    if section.distillation and not args.answers:
        raise Mistake(f"{args.section}.distillation is {section.distillation}: name --answers, or set it to 0")
    answers = args.answers if section.distillation else None
    last = ranks.ask_main(lambda: unfinished(args.prepared, args.out, section, answers) if args.resume else None)
    if not ranks.is_main:
        fit(args.prepared, args.out, section, last, answers=answers, ranks=ranks)
        return
    if last:
        print(f"resuming after epoch {last['epoch'] + 1} of {args.out}")
    with Tracker(args.out, section, args.prepared, resume=last is not None) as tracker:
        best = fit(args.prepared, args.out, section, last, tracker.log_epoch, answers, ranks)
        tracker.log_best(best)
    finish(args.out)
    print(f"{args.out}/best.pt: validation accuracy {best['accuracy']:.2%} in epoch {best['epoch'] + 1}")


if __name__ == "__main__":
    run(main)
