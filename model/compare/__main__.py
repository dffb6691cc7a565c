"""Prints a table of all training runs that MLflow has, the best first."""

import argparse

from model.command import run
from model.compare.table import HEADER, table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.compare", description=__doc__)
    parser.add_argument("--limit", type=int, default=20, help="how many runs at most (default: %(default)s)")
    rows = [HEADER, *table(parser.parse_args().limit)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    run(main)
