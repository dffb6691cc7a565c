"""Model files without a network: metadata, golden photos, and answers to test photos, of which some are wrong."""

import json
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from model.contract.metadata import read_extras, read_metadata
from model.evaluate.answers import ANSWERS, make_answers

MODEL = Path(__file__).resolve().parents[3] / "model.pt"
PHOTOS = 100


@cache
def template() -> tuple[str, dict[str, bytes]]:
    """The metadata of the project's own model as JSON, and its first two golden photos."""
    metadata: dict[str, Any] = {**read_metadata(MODEL)}
    metadata["golden"] = metadata["golden"][:2]
    names = [golden["file"] for golden in metadata["golden"]]
    return json.dumps(metadata), dict(zip(names, read_extras(MODEL, names), strict=True))


def write_model(
    path: Path, wrong: int = 0, first: int = 0, classes: Sequence[str] = ("cat", "dog"), **changes: object
) -> Path:
    """Writes a model that gets so many of its test photos wrong.

    Args:
        path: the file.
        wrong: of 100 photos, those that it gets wrong.
        first: the number of its first test photo.
        classes: their names.
        changes: of the metadata.
    """
    text, extras = template()
    metadata = json.loads(text)
    count = len(metadata["histograms"]["confidence"])
    metadata |= {"classes": list(classes), "test": {"photos": PHOTOS, "sha256": "0" * 64, "answers": ANSWERS}}
    metadata["histograms"] |= {"labels": dict.fromkeys(classes, 50), "confidence": [0] * count}
    metadata["metrics"]["accuracy"] = 1 - wrong / PHOTOS
    labels = np.arange(PHOTOS) % 2
    guesses = np.where(np.arange(PHOTOS) < wrong, 1 - labels, labels)
    hashes = [f"{number:064x}" for number in range(first, first + PHOTOS)]
    answers = make_answers(hashes, labels, np.where(np.eye(2)[guesses] > 0, 0.9, 0.1))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("catdog/extra/metadata.json", json.dumps(metadata | changes))
        for name, data in {**extras, ANSWERS: answers.to_bytes()}.items():
            archive.writestr(f"catdog/extra/{name}", data)
    return path
