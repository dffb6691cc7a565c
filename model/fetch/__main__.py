"""Gets photos of cats and dogs into one folder, `OUT/cat` and `OUT/dog`.

python -m model.fetch sample OUT    drawings made by code: works without a network
python -m model.fetch pets OUT      the Oxford-IIIT Pet data set (Parkhi et al. 2012), 7,349 photos, 800 MB
python -m model.fetch FOLDER OUT    copies of the photos in FOLDER/cat and FOLDER/dog
"""

import argparse
from pathlib import Path

from model.command import run
from model.contract.classes import CLASSES
from model.fetch.sources import fetch


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.fetch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="sample, pets, or a folder with cat/ and dog/ in it")
    parser.add_argument("out", type=Path, help="folder to make; it must be new or empty")
    parser.add_argument("--count", type=int, default=600, help="number of drawings of a sample (default: %(default)s)")
    args = parser.parse_args()
    fetch(args.source, args.out, args.count)
    counts = (f"{sum(1 for _ in (args.out / label).rglob('*.*')):,} of a {label}" for label in CLASSES)
    print(f"{args.out}: {', '.join(counts)}")


if __name__ == "__main__":
    run(main)
