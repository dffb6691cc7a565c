"""Turns a folder of photos into arrays to train on.

Photos are in `PHOTOS/CLASS`, at any depth, or in another layout that data sets come in (model/prepare/folders.py).
Files that are unreadable, hidden, duplicates or in two classes are left out, and listed in `OUT/skipped.csv`. The split
is by the hash of a file's content: it stays the same when files are added, renamed or moved. Copies that were
recompressed, resized or saved in another format are in the split of their original.
"""

import argparse
from pathlib import Path

from model.command import run
from model.params import load_params
from model.prepare.arrays import SKIPPED, prepare
from model.prepare.summary import describe


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.prepare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder with a folder of photos for each class")
    parser.add_argument("out", type=Path, help="folder to write; that of an earlier run is replaced")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="default: %(default)s")
    args = parser.parse_args()
    summary = prepare(args.photos, args.out, load_params(args.params).prepare)
    print(f"{args.out}: " + ", ".join(f"{split} {sum(n.values()):,}" for split, n in summary["splits"].items()))
    print("\n".join(describe(summary)))
    if any(summary["dropped"].values()):
        print(f"each file that was left out, and why: {args.out / SKIPPED}")


if __name__ == "__main__":
    run(main)
