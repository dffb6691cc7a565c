"""The comparison of a newly trained file with the baseline: accuracy on the same test photos, and speed."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from model.contract.exported import ExportedModel, load_exported
from model.evaluate.metrics import classification_metrics
from model.prepare.splits import read_split

ACCURACY_MARGIN = 0.005  # half a point: with 2,000 test photos, smaller differences are noise
TIME_MARGIN = 0.10  # of the baseline's time: one file timed twice differs by a few per cent
ROUNDS, BATCH = 40, 8
HEADER = "test photos | baseline | candidate | difference |"  # of the table, behind their number


@dataclass
class Figures:
    """What is compared: metrics on the test split, and milliseconds of a forward pass per photo."""

    metrics: dict[str, float]
    milliseconds: float


def time_forward(models: list[ExportedModel], rounds: int = ROUNDS) -> list[float]:
    """Median milliseconds per photo of each model, on one thread.

    The models take turns, so that whatever else the machine does slows down all of them.
    """
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


def find_objections(candidate: Figures, baseline: Figures) -> list[str]:
    """Why the candidate must not replace the baseline, one sentence each without a full stop; empty if it may."""
    objections = []
    accuracy, before = candidate.metrics["accuracy"], baseline.metrics["accuracy"]
    if not accuracy >= before - ACCURACY_MARGIN:
        objections.append(
            f"accuracy {accuracy:.2%} is more than {ACCURACY_MARGIN:.1%} below the baseline's {before:.2%}"
        )
    if not candidate.milliseconds <= baseline.milliseconds * (1 + TIME_MARGIN):
        objections.append(
            f"a photo takes {candidate.milliseconds:.2f} ms, more than {TIME_MARGIN:.0%} above the baseline's "
            f"{baseline.milliseconds:.2f} ms"
        )
    return objections


def write_table(candidate: Figures, baseline: Figures, count: int) -> str:
    """The comparison, as a table for a pull request."""
    rows = [f"| on {count:,} {HEADER}", "| --- | ---: | ---: | ---: |"]
    names = [(name.replace("_", " "), baseline.metrics[name], candidate.metrics[name]) for name in candidate.metrics]
    names.append(("forward, ms per photo", baseline.milliseconds, candidate.milliseconds))
    rows += [f"| {name} | {before:.4f} | {after:.4f} | {after - before:+.4f} |" for name, before, after in names]
    return "\n".join(rows) + "\n"


def is_table(file: Path) -> bool:
    """Whether the file begins with a table of `write_table`."""
    with file.open("rb") as lines:
        first = lines.readline(200).strip()
    return first.startswith(b"| on ") and first.endswith(HEADER.encode())


def compare(candidate: Path, baseline: Path, photos: Path, prepared: Path) -> tuple[list[str], str]:
    """Measures both files on the test split, each at its own size.

    Args:
        candidate: the newly trained file.
        baseline: the file that it would replace.
        photos: the folder that `prepared` was made from.
        prepared: folder of model.prepare.

    Returns:
        The objections to the candidate, and the table of figures.

    Raises:
        Mistake: an input is missing, or a file is not an exported model.
    """
    models = [load_exported(file) for file in (candidate, baseline)]
    splits = {size: read_split(photos, prepared, "test", size) for size in {model.size for model in models}}
    new, old = (
        Figures(classification_metrics(splits[m.size].labels, m.predict(splits[m.size].pixels)), milliseconds)
        for m, milliseconds in zip(models, time_forward(models), strict=True)
    )
    return find_objections(new, old), write_table(new, old, len(splits[models[0].size].names))
