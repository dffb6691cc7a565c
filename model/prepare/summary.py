"""What there is to know about prepared photos without reading them."""

import json
from pathlib import Path
from typing import TypedDict, cast

from model.contract.errors import Mistake

SUMMARY = "summary.json"  # in the folder of prepared photos


class Summary(TypedDict):
    """What there is to know about prepared photos without reading them."""

    classes: list[str]  # in the order of the outputs
    size: int  # side of the images, in pixels
    data: str  # sha256 over the photos and their classes
    dropped: dict[str, int]  # files that were left out, by reason
    splits: dict[str, dict[str, int]]  # photos by split and class


def load_summary(prepared: Path) -> Summary:
    """Reads the summary that `prepare` wrote.

    Raises:
        Mistake: there are no prepared photos.
    """
    try:
        summary = cast("Summary", json.loads((prepared / SUMMARY).read_text()))
    except FileNotFoundError:
        raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None
    if "classes" not in summary:
        raise Mistake(f"{prepared} does not name its classes, an earlier version made it: run python -m model.prepare")
    return summary
