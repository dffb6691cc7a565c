"""Writes the features that a network trained on ImageNet, the teacher, computes from the training photos.

model.train lets the network predict these features from its own (Romero et al. 2015, FitNets), which teaches it more
about a photo than the one bit whether it shows a cat. The teacher is EfficientNet-Lite0 (Tan and Le 2019); its weights
come with the Python package. The exported model contains nothing of it.
"""

import argparse
from pathlib import Path

from model.command import run
from model.teach.teacher import KEPT, teach


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.teach", description=__doc__)
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("out", type=Path, help="folder to write; that of an earlier run is replaced")
    args = parser.parse_args()
    share = teach(args.prepared, args.out)
    print(f"{args.out}: {KEPT} components, which keep {share:.0%} of the variance of the teacher's features")


if __name__ == "__main__":
    run(main)
