"""Writes the file to serve: frozen TorchScript with normalisation, softmax and metadata inside.

Its input is uint8 [N, 3, S, S] RGB, its output float32 [N, C] probabilities of the classes. Its extra files
hold all that there is to know about it, each test photo's answer, and golden photos: `python -m model.show` shows them.
"""

import argparse
from pathlib import Path

from model.command import run
from model.contract.metadata import model_version
from model.export.model_file import export

FEW = 0.1  # of the exchanges of two classes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="best.pt of model.train")
    parser.add_argument("evaluation", type=Path, help="metrics.json of model.evaluate")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("out", type=Path, help="file to write, such as model.pt; an earlier one is replaced")
    args = parser.parse_args()
    metadata = export(args.checkpoint, args.evaluation, args.prepared, args.out)
    if metadata["changed"]:
        print(f"the code is not that of commit {metadata['revision'][:12]}; changed: {', '.join(metadata['changed'])}")
    if metadata["told_apart"] < FEW:
        print(
            f"the golden photos would show only {metadata['told_apart']:.0%} of all exchanges of two classes: "
            "the network answers almost alike whatever it sees, train it better"
        )
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, model version {model_version(args.out)}")


if __name__ == "__main__":
    run(main)
