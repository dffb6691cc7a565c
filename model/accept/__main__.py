"""Accepts or refuses a newly trained file: it must be neither worse nor slower than the baseline, the file of main.

Both files hold their answers to the photos that they were tested on. Those that both have are compared, one by one:
the candidate must get as many right. Photos that were relabelled since are left out and counted. A baseline with other
classes is compared in speed only. Forward passes are timed in turns: what else the machine does slows down both.

With --beyond_chance only the answers are compared. A candidate is refused if it is worse than chance explains, or
cannot be compared. hack/release asks so: a person has committed that model already.

Instead of a candidate, a folder of model.prepare can be named: is a model of these photos going to be compared at all?
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from model.accept.beyond_chance import check_not_worse
from model.accept.comparison import compare, find_objections, is_table, write_table
from model.accept.photos import foresee
from model.command import run
from model.contract.errors import Mistake
from model.output import new_file


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.accept", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("candidate", type=Path, help="the new file, such as model.pt, or a folder of model.prepare")
    parser.add_argument("baseline", type=Path, help="the file that it would replace, such as the model.pt of main")
    parser.add_argument("--report", type=Path, help="also write the table to this file; an earlier one is replaced")
    parser.add_argument(
        "--beyond_chance", action="store_true",
        help="compare answers alone, and refuse only what chance does not explain (p < 0.05)",
    )  # fmt: skip
    args = parser.parse_args()
    if args.beyond_chance:
        if args.report:
            parser.error("--beyond_chance writes no report")
        print(check_not_worse(args.candidate, args.baseline))
    elif args.candidate.is_dir():
        print(foresee(args.candidate, args.baseline))
    else:
        judge(args.candidate, args.baseline, args.report)


def judge(candidate: Path, baseline: Path, out: Path | None) -> None:
    """Compares two files, and says what comes of it.

    Raises:
        Mistake: the candidate is refused, or they cannot be compared.
    """
    with ExitStack() as stack:
        inputs = [candidate, baseline]
        report = stack.enter_context(new_file(out, is_table, inputs)) if out else None
        comparison = compare(*inputs)
        objections, table = find_objections(comparison), write_table(comparison)
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
