"""Gets photos into one folder, `OUT/CLASS/…`, and adds that folder to DVC.

python -m model.fetch sample OUT    drawings made by code: works without a network
python -m model.fetch pets OUT      the Oxford-IIIT Pet data set (Parkhi et al. 2012), 7,349 photos, 800 MB
python -m model.fetch FOLDER OUT    copies of your photos, in FOLDER/CLASS or in another layout of a data set
python -m model.fetch FILE.zip OUT  the same, from a zip archive such as Kaggle's
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from model.command import run
from model.contract.classes import MOST_CLASSES
from model.contract.errors import some
from model.fetch.sources import fetch
from model.fetch.versions import keep
from model.prepare.names import escaped
from model.prepare.walk import Skipped


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.fetch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="sample, pets, a folder, or a zip archive")
    parser.add_argument("out", type=Path, help="folder to make; it must be new or empty")
    parser.add_argument(
        "--count",
        type=int,
        help="number of drawings of a sample, at least one of each class; a few copies and damaged files come on top "
        "(default: 600, or 12 of each class)",
    )
    parser.add_argument(
        "--classes",
        type=int,
        default=2,
        help="number of classes of a sample, cat, dog and shapes (default: %(default)s)",
    )
    args = parser.parse_args()
    if not 2 <= args.classes <= MOST_CLASSES:
        parser.error(f"--classes must be between 2 and {MOST_CLASSES:,}")
    count = max(600, 12 * args.classes) if args.count is None else args.count
    skipped = fetch(args.source, args.out, count, args.classes)
    counts = {folder.name: sum(path.is_file() for path in folder.rglob("*")) for folder in sorted(args.out.iterdir())}
    print(f"{args.out}: " + some([f"{count:,} of {label}" for label, count in counts.items()]))
    print_skipped(skipped)
    print(keep(args.out))


def print_skipped(skipped: Sequence[Skipped]) -> None:
    """Prints what was left out."""
    if skipped:
        print(f"left out: {some([f'{escaped(path.as_posix())} ({reason})' for path, _, reason in skipped])}")


if __name__ == "__main__":
    run(main)
