"""The comparison of a newly trained file with the baseline: accuracy on the same test photos, and speed."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from model.contract.exported import ExportedModel, load_exported
from model.evaluate.metrics import classification_metrics
from model.evaluate.photos import predict, split_photos

ACCURACY_MARGIN = 0.005  # half a point: with 2,000 test photos, smaller differences are noise
TIME_MARGIN = 0.10  # of the baseline's time: one file timed twice differs by a few per cent
ROUNDS, BATCH = 40, 8
HEADER = "test photos | baseline | candidate | difference |"  # of the table, behind their number


@dataclass
class Figures:
    """What is compared: metrics on the test split, and milliseconds of a forward pass per photo.

    There are no metrics of a file that has other classes than the photos.
    """

    metrics: dict[str, float] | None
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
    if candidate.metrics and baseline.metrics:
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
    before, after = baseline.metrics or {}, candidate.metrics or {}
    rows += [_row(name.replace("_", " "), before.get(name), value) for name, value in after.items()]
    rows.append(_row("forward, ms per photo", baseline.milliseconds, candidate.milliseconds))
    if not before:
        rows.append("\nThe baseline has other classes, so its accuracy cannot be compared.")
    return "\n".join(rows) + "\n"


def _row(name: str, before: float | None, after: float) -> str:
    if before is None:
        return f"| {name} | | {after:.4f} | |"
    return f"| {name} | {before:.4f} | {after:.4f} | {after - before:+.4f} |"


def is_table(file: Path) -> bool:
    """Whether the file begins with a table of `write_table`."""
    with file.open("rb") as lines:
        first = lines.readline(200).strip()
    return first.startswith(b"| on ") and first.endswith(HEADER.encode())


def compare(candidate: Path, baseline: Path, photos: Path, prepared: Path) -> tuple[list[str], str]:
    """Measures both files on the test split, each at its own size and with its own order of the classes.

    Args:
        candidate: the newly trained file.
        baseline: the file that it would replace.
        photos: the folder that `prepared` was made from.
        prepared: folder of model.prepare.

    Returns:
        The objections to the candidate, and the table of figures.

    Raises:
        Mistake: an input is missing, a file is not an exported model, or the candidate's classes are not the photos'.
    """
    new, old = (load_exported(file) for file in (candidate, baseline))
    times = time_forward([new, old])
    metrics, count = _measure(new, photos, prepared)
    before = _measure(old, photos, prepared)[0] if set(old.classes) == set(new.classes) else None
    figures = Figures(metrics, times[0]), Figures(before, times[1])
    return find_objections(*figures), write_table(*figures, count)


def _measure(model: ExportedModel, photos: Path, prepared: Path) -> tuple[dict[str, float], int]:
    """The metrics on the test split, and the number of its photos."""
    split = split_photos(photos, prepared, "test", model.size, model.classes)
    predictions = predict(split, model.classes, model.size, model.predict)
    return classification_metrics(predictions.labels, predictions.outputs), len(predictions.files)
