"""Logs a finished training run to MLflow: its report, its pictures and the exported file.

The file becomes a new version of the registered model that is named as the service. The alias "champion" moves to the
version with the best accuracy on the test photos; versions that were tested on other photos are not compared.
"""

import argparse
from pathlib import Path

from model.command import run
from model.register.registry import CHAMPION, register
from model.settings import NAME
from model.tracking import one_sentence


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.register", description=__doc__)
    parser.add_argument("train", type=Path, help="folder that model.train wrote")
    parser.add_argument("evaluation", type=Path, help="folder that model.evaluate wrote")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("file", type=Path, help="what model.export wrote, such as model.pt")
    args = parser.parse_args()
    with one_sentence():
        version, is_champion = register(args.train, args.evaluation, args.prepared, args.file)
    print(f"MLflow: version {version} of {NAME}" + (f", the {CHAMPION}" if is_champion else f"; the {CHAMPION} stays"))


if __name__ == "__main__":
    run(main)
