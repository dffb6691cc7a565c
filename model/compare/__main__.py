"""Prints a table of all training runs that MLflow has, the best first; or compares two model files photo by photo.

python -m model.compare                 the runs
python -m model.compare ONE.pt OTHER.pt by their answers to the test photos that both were measured on
"""

import argparse
from pathlib import Path

from model.command import printable, run
from model.compare.files import describe, read_measured
from model.compare.table import HEADER, table
from model.tracking import one_sentence


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="two model files, such as model.pt")
    parser.add_argument("--limit", type=int, default=20, help="how many runs at most (default: %(default)s)")
    args = parser.parse_args()
    if args.files:
        if len(args.files) != 2:
            parser.error("name two model files, or none")
        print("\n".join(map(printable, describe(*map(read_measured, args.files)))))
        return
    with one_sentence():
        rows = [HEADER, *(tuple(map(printable, row)) for row in table(args.limit))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    run(main)
