"""Decides whether a new file may take the champion's place: not worse on the same test photos, and not slower.

Both files are asked about the test split's photos, each at its own size, so it does not matter which photos the
champion's own figures came from. Forward passes are timed in turns: whatever else the machine does slows down both.
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.command import new_file, run
from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.exported import ExportedModel, load_exported
from model.contract.preprocess import preprocess
from model.evaluate import read_split
from model.metrics import classification_metrics

ACCURACY_MARGIN = 0.005  # half a point: 2,000 test photos do not tell smaller differences from luck
TIME_MARGIN = 0.10  # of the champion's time: one file timed twice differs by a few per cent
ROUNDS, BATCH = 40, 8


@dataclass
class Figures:
    """What is compared: metrics on the test split, and milliseconds a photo of a forward pass."""

    metrics: dict[str, float]
    milliseconds: float


def measure(model: ExportedModel, split: list[tuple[Path, str]]) -> dict[str, float]:
    """The model's metrics, with photos as the predictor would prepare them."""
    pixels = np.stack([preprocess(path.read_bytes(), model.size) for path, _ in split])
    return classification_metrics(np.array([CLASSES.index(label) for _, label in split]), model.predict(pixels))


def time_forward(models: list[ExportedModel], rounds: int = ROUNDS) -> list[float]:
    """Median milliseconds a photo of each model, on one thread, in turns."""
    batches = [torch.zeros(BATCH, 3, model.size, model.size, dtype=torch.uint8) for model in models]
    times: list[list[float]] = [[] for _ in models]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for turn in range(rounds + 5):  # the first calls compile
                for model, batch, series in zip(models, batches, times, strict=True):
                    start = time.perf_counter()
                    model.script(batch)
                    if turn >= 5:
                        series.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return [statistics.median(series) / BATCH * 1000 for series in times]


def find_objections(candidate: Figures, champion: Figures) -> list[str]:
    """Why the candidate must not take the champion's place; empty if it may."""
    objections = []
    accuracy, before = candidate.metrics["accuracy"], champion.metrics["accuracy"]
    if not accuracy >= before - ACCURACY_MARGIN:
        objections.append(
            f"accuracy {accuracy:.2%} is more than {ACCURACY_MARGIN:.1%} below the champion's {before:.2%}"
        )
    if not candidate.milliseconds <= champion.milliseconds * (1 + TIME_MARGIN):
        objections.append(
            f"a photo takes {candidate.milliseconds:.2f} ms, more than {TIME_MARGIN:.0%} above the champion's "
            f"{champion.milliseconds:.2f} ms"
        )
    return objections


def write_table(candidate: Figures, champion: Figures, count: int) -> str:
    """The comparison, as a table for a pull request."""
    rows = [f"| on {count:,} test photos | champion | candidate | difference |", "| --- | ---: | ---: | ---: |"]
    names = [(name.replace("_", " "), champion.metrics[name], candidate.metrics[name]) for name in candidate.metrics]
    names.append(("forward, ms a photo", champion.milliseconds, candidate.milliseconds))
    rows += [f"| {name} | {before:.4f} | {after:.4f} | {after - before:+.4f} |" for name, before, after in names]
    return "\n".join(rows) + "\n"


def compare(files: tuple[Path, Path], photos: Path, prepared: Path) -> tuple[list[str], str]:
    """Measures candidate and champion; gives the objections and the table."""
    models = [load_exported(file) for file in files]
    split = read_split(photos, prepared, "test")
    times = time_forward(models)
    candidate, champion = (Figures(measure(m, split), ms) for m, ms in zip(models, times, strict=True))
    return find_objections(candidate, champion), write_table(candidate, champion, len(split))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.gate", description=__doc__)
    parser.add_argument("candidate", type=Path, help="the new file, such as catdog.pt")
    parser.add_argument("champion", type=Path, help="the file that it would replace")
    parser.add_argument("photos", type=Path, help="folder with cat/ and dog/ in it")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare made of it")
    parser.add_argument("--report", type=Path, help="also write the table to this file")
    args = parser.parse_args()
    objections, table = compare((args.candidate, args.champion), args.photos, args.prepared)
    verdict = (
        "\n".join(f"Refused: {objection}." for objection in objections) or "The candidate may replace the champion."
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
