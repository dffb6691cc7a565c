"""Accepts or refuses a newly trained file: it must be neither worse nor slower than the baseline, the file of main.

Both files answer for the photos of the test split, each at its own size, so that it does not matter which photos the
baseline's own metrics come from. A baseline with other classes is compared in speed only. Forward passes are timed in
turns: what else the machine does slows down both.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from model.accept.comparison import compare, is_table
from model.command import run
from model.contract.errors import Mistake
from model.output import new_file


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.accept", description=__doc__)
    parser.add_argument("candidate", type=Path, help="the new file, such as catdog.pt")
    parser.add_argument("baseline", type=Path, help="the file that it would replace, such as the catdog.pt of main")
    parser.add_argument("photos", type=Path, help="folder with a folder of photos for each class")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare made of it")
    parser.add_argument("--report", type=Path, help="also write the table to this file; an earlier one is replaced")
    args = parser.parse_args()
    inputs = [args.candidate, args.baseline, args.photos, args.prepared]
    with ExitStack() as stack:
        report = stack.enter_context(new_file(args.report, is_table, inputs)) if args.report else None
        objections, table = compare(*inputs)
        verdict = (
            "\n".join(f"Refused: {objection}." for objection in objections) or "The candidate may replace the baseline."
        )
        if report:
            report.write_text(f"{table}\n{verdict}\n")
    print(table)
    if objections:
        raise Mistake(f"refused: {'; '.join(objections)}")
    print(verdict)


if __name__ == "__main__":
    run(main)
