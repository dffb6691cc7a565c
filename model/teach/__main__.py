"""Asks a trained network about the training photos, in views as training shows them; another one learns its answers.

Writes `OUT/N-logits.npy` and `OUT/N-features.npy` for each view, and `OUT/summary.json`. The section `train` of the
parameters says how many views there are and how large. model.train --answers OUT shows the same views and learns these
answers. Where OUT has answers of this teacher to some of the views, only the others are asked about.
"""

import argparse
from pathlib import Path

from model.command import run
from model.output import new_folder
from model.params import load_params
from model.teach.answers import is_answers
from model.teach.ask import ask
from model.train.device import best_device


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.teach", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("teacher", type=Path, help="best.pt of the network that answers")
    parser.add_argument("out", type=Path, help="folder for the answers; those of an earlier run are replaced")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    args = parser.parse_args()
    params = load_params(args.params).train
    with new_folder(args.out, is_answers, [args.prepared, args.teacher]) as work:
        if params.distillation == 0:
            print("train.distillation is 0: no answers are needed")
            return
        right = ask(args.teacher, args.prepared, work, params, best_device(), earlier=args.out)
    print(f"{args.out}: {params.views} views of each training photo, {right:.2%} of them answered right")


if __name__ == "__main__":
    run(main)
