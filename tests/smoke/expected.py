"""What a server must say: the commit's claim, and what the exporter wrote into catdog.pt."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from model.contract.golden import golden_png

from .client import Failed

LABELS = ("cat", "dog")  # the contract's order, known here too: a model that says otherwise of itself is a wrong model


@dataclass(frozen=True)
class Golden:
    """A picture that code can draw again, and the probabilities measured when the model was exported."""

    photo: bytes
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Expected:
    """What every pod of one commit has in common."""

    revision: str
    model_version: str
    goldens: list[Golden]


def read_expected(model: Path, revision: str) -> Expected:
    """Reads catdog.pt as the zip file that it is: no torch needed."""
    try:
        with zipfile.ZipFile(model) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/extra/metadata.json"))
            metadata = json.loads(archive.read(name))
    except FileNotFoundError:
        raise Failed(f"{model} is missing from the image") from None
    except (OSError, zipfile.BadZipFile, StopIteration, ValueError):
        raise Failed(f"{model} is corrupt: not a TorchScript file with metadata") from None
    goldens = [
        Golden(
            golden_png(item["seed"], metadata["size"]),
            dict(zip(LABELS, item["probabilities"], strict=True)),
        )
        for item in metadata["golden"]
    ]
    return Expected(revision, hashlib.sha256(model.read_bytes()).hexdigest()[:12], goldens)
