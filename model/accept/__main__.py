"""Accepts or refuses a newly trained file: it must be neither worse nor slower than the baseline, the file of main.

Both files answer for the photos of the test split, each at its own size, so that it does not matter which photos the
baseline's own metrics come from. Forward passes are timed in turns: what else the machine does slows down both.
"""

import argparse
from pathlib import Path

from model.accept.comparison import compare
from model.command import new_file, run
from model.contract.errors import Mistake


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.accept", description=__doc__)
    parser.add_argument("candidate", type=Path, help="the new file, such as catdog.pt")
    parser.add_argument("baseline", type=Path, help="the file that it would replace, such as the catdog.pt of main")
    parser.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare made of it")
    parser.add_argument("--report", type=Path, help="also write the table to this file")
    args = parser.parse_args()
    objections, table = compare(args.candidate, args.baseline, args.photos, args.prepared)
    verdict = (
        "\n".join(f"Refused: {objection}." for objection in objections) or "The candidate may replace the baseline."
    )
    if args.report:
        with new_file(args.report) as work:
            work.write_text(f"{table}\n{verdict}\n")
    print(table)
    if objections:
        raise Mistake(f"refused: {'; '.join(objections)}")
    print(verdict)


if __name__ == "__main__":
    run(main)
