"""The comparison of a newly trained file with the baseline: answers to the same test photos, and speed."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from model.compare.files import Pairs, chance, pair, read_measured
from model.compare.shared import Shared
from model.contract.exported import ExportedModel, load_exported

LEAST_SHARED = 0.5  # of the baseline's test photos: fewer could be a chosen few
TIME_MARGIN = 0.10  # of the baseline's time: one file timed twice differs by a few per cent
ROUNDS, BATCH = 40, 8
HEADER = "test photos | baseline | candidate | difference |"  # of the table, behind their number


@dataclass
class Comparison:
    """The candidate first, the baseline second."""

    pairs: Pairs | None  # what both said to the photos that both were tested on; nothing if they have other classes
    milliseconds: tuple[float, float]  # of a forward pass, per photo

    @property
    def right(self) -> tuple[int, int]:
        """How many of the shared photos each of them gets right."""
        assert self.pairs is not None
        table = self.pairs.table
        return int(table[1].sum()), int(table[:, 1].sum())


def compare(candidate: Path, baseline: Path) -> Comparison:
    """Compares two files.

    Neither was trained on a photo that is among both their test photos, and a photo's hash decides about its split: so
    with the same photos, or more of them, all comparisons are on the same ones. Where a person has relabelled a photo,
    one of the models was taught otherwise: it is left out, and counted.

    Raises:
        Mistake: a file is not an exported model, or they have the same classes and no test photo in common.
    """
    new, old = (read_measured(file) for file in (candidate, baseline))
    is_same = set(new.metadata["classes"]) == set(old.metadata["classes"])
    times = time_forward([load_exported(file) for file in (candidate, baseline)])
    return Comparison(pair(new, old) if is_same else None, (times[0], times[1]))


def is_enough(shared: Shared) -> bool:
    """Whether the photos that a candidate shares with the baseline are enough to compare them."""
    return 0 < len(shared.sha256) >= LEAST_SHARED * shared.possible


def count_shared(shared: Shared) -> str:
    """How many those are, and of how many."""
    lowest = " with the lowest hashes" if shared.is_cut else ""
    return f"{len(shared.sha256):,} of the baseline's {shared.possible:,} test photos{lowest}"


def and_relabelled(shared: Shared) -> str:
    """What to say behind that about photos that are left out because they were relabelled; often nothing."""
    return f", and {shared.relabelled:,} more in another class" if shared.relabelled else ""


def find_objections(comparison: Comparison) -> list[str]:
    """Why the candidate must not replace the baseline, one sentence each without a full stop; empty if it may.

    No margin for accuracy: half a point in each of four proposals is two points.
    """
    objections = []
    if comparison.pairs:
        shared, (new, old) = comparison.pairs.shared, comparison.right
        if not is_enough(shared):
            objections.append(f"only {count_shared(shared)} are among its own{and_relabelled(shared)}")
        if new < old:
            count, why = len(shared.sha256), chance(comparison.pairs.table)
            objections.append(f"it gets {new:,} of {count:,} photos right, the baseline {old:,} ({why})")
    new_time, old_time = comparison.milliseconds
    if not new_time <= old_time * (1 + TIME_MARGIN):
        objections.append(
            f"a photo takes {new_time:.2f} ms, more than {TIME_MARGIN:.0%} above the baseline's {old_time:.2f} ms"
        )
    return objections


def write_table(comparison: Comparison) -> str:
    """The comparison, as a table for a pull request."""
    pairs, (new_time, old_time) = comparison.pairs, comparison.milliseconds
    count = len(pairs.labels) if pairs else 0
    rows = [f"| on {count:,} shared {HEADER}", "| --- | ---: | ---: | ---: |"]
    if pairs:
        table, (new, old) = pairs.table, comparison.right
        new_mean, old_mean = (float(probabilities.mean()) for probabilities in pairs.right)
        rows += [
            f"| accuracy | {old / count:.4f} | {new / count:.4f} | {(new - old) / count:+.4f} |",
            f"| mean probability of the right class | {old_mean:.4f} | {new_mean:.4f} | {new_mean - old_mean:+.4f} |",
            f"| photos that it alone gets right | {table[0, 1]:,} | {table[1, 0]:,} | {table[1, 0] - table[0, 1]:+,} |",
        ]
    rows.append(f"| forward, ms per photo | {old_time:.4f} | {new_time:.4f} | {new_time - old_time:+.4f} |")
    if pairs and pairs.shared.relabelled:
        rows.append(f"\nLeft out because they were relabelled: {pairs.shared.relabelled:,} more shared test photos.")
    if pairs:
        rows.append(f"\n{chance(pairs.table)}.")
    else:
        rows.append("\nThe baseline has other classes, so its answers cannot be compared.")
    return "\n".join(rows) + "\n"


def is_table(file: Path) -> bool:
    """Whether the file begins with a table of `write_table`."""
    with file.open("rb") as lines:
        first = lines.readline(200).strip()
    return first.startswith(b"| on ") and first.endswith(HEADER.encode())


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
