"""Turns a folder of photos into arrays to train on.

Photos are in `PHOTOS/cat` and `PHOTOS/dog`, at any depth. Unreadable and duplicate files are left out and counted.
The split is by the hash of a file's content: it stays the same when files are added, renamed or moved.
"""

import argparse
from pathlib import Path

from model.command import run
from model.params import load_params
from model.prepare.arrays import prepare


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.prepare", description=__doc__)
    parser.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    parser.add_argument("out", type=Path, help="folder to write; that of an earlier run is replaced")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    args = parser.parse_args()
    summary = prepare(args.photos, args.out, load_params(args.params).prepare)
    print(f"{args.out}: " + ", ".join(f"{split} {sum(n.values()):,}" for split, n in summary["splits"].items()))
    print("dropped: " + ", ".join(f"{count:,} {reason}" for reason, count in summary["dropped"].items()))


if __name__ == "__main__":
    run(main)
