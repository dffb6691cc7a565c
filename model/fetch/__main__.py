"""Gets photos of cats and dogs into one folder, `OUT/cat` and `OUT/dog`.

python -m model.fetch sample OUT    drawings made by code: works without a network
python -m model.fetch pets OUT      the Oxford-IIIT Pet data set (Parkhi et al. 2012), 7,349 photos, 800 MB
python -m model.fetch FOLDER OUT    copies of the photos in FOLDER/cat and FOLDER/dog
"""

import argparse
from pathlib import Path

from model.command import run
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
    counts = {folder.name: sum(path.is_file() for path in folder.rglob("*")) for folder in sorted(args.out.iterdir())}
    print(f"{args.out}: " + ", ".join(f"{count:,} of {label}" for label, count in counts.items()))


if __name__ == "__main__":
    run(main)
