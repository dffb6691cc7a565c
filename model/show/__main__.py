"""Shows what a model file says: classes, network, training, figures, data, revision, golden photos, histograms.

Nothing of the file is run, so it also shows files that you do not trust.
"""

import argparse
from pathlib import Path

from model.command import run
from model.show.description import describe


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.show", description=__doc__)
    parser.add_argument("file", type=Path, help="an exported model, such as model.pt")
    print("\n".join(describe(parser.parse_args().file)))


if __name__ == "__main__":
    run(main)
