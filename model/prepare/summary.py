"""The summary of prepared photos."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict, cast

from model.contract.errors import Mistake, some
from model.typed import fits

SUMMARY = "summary.json"  # in the folder of prepared photos
RARE = 5  # a class that is so many times rarer than the most frequent one is named


class Summary(TypedDict):
    """What there is to know about prepared photos without reading them."""

    classes: list[str]  # in the order of the outputs
    size: int  # side of the images, in pixels
    data: str  # sha256 over the photos and their classes
    dropped: dict[str, int]  # files that were left out, by reason
    near_duplicates: int  # copies that are in the split of their original
    splits: dict[str, dict[str, int]]  # photos by split and class


def load_summary(prepared: Path) -> Summary:
    """Reads the summary that `prepare` wrote.

    Raises:
        Mistake: there are no prepared photos, an earlier version made them, or the file is damaged.
    """
    try:
        summary = json.loads((prepared / SUMMARY).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None
    except ValueError:
        summary = None
    if isinstance(summary, dict) and "splits" in summary and "classes" not in summary:
        raise Mistake(f"{prepared} does not name its classes, an earlier version made it: run python -m model.prepare")
    if not fits(summary, Summary):
        raise Mistake(f"{prepared / SUMMARY} is not what model.prepare writes: run python -m model.prepare again")
    return cast("Summary", summary)


def describe(summary: Summary) -> Iterator[str]:
    """Sentences for a person: the classes, what was left out, copies, and classes with few photos or none."""
    counts = {label: sum(split[label] for split in summary["splits"].values()) for label in summary["classes"]}
    yield f"{len(counts):,} classes: " + some([f"{label} {count:,}" for label, count in counts.items()])
    yield "left out: " + ", ".join(f"{count:,} {kind}" for kind, count in summary["dropped"].items())
    if summary["near_duplicates"]:
        yield f"{summary['near_duplicates']:,} photos are copies, and in the split of their original"
    train = summary["splits"]["train"]
    most = max(train, key=lambda label: train[label])
    if rare := sorted((label for label in train if train[label] * RARE <= train[most]), key=lambda label: train[label]):
        ratios = some([f"{label} ({train[most] / train[label]:.0f} times)" for label in rare])
        yield f"rarer than {most}: {ratios}; model.train shows their photos more often (train.balance)"
    for split in ("validation", "test"):
        if missing := [label for label, count in summary["splits"][split].items() if not count]:
            yield f"no photo in the {split} split, so nothing is measured there: {some(missing)}"
