"""The metadata of an exported file, read without torch: a TorchScript file is a zip archive."""

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any, TypedDict, cast

from model.contract.errors import Mistake

NAME = "metadata.json"  # of TorchScript's extra file


class Golden(TypedDict):
    """The exported model's probabilities (cat, dog) for the golden image of a seed."""

    seed: int
    probabilities: list[float]


class Metadata(TypedDict):
    """What model.export writes into the file."""

    classes: list[str]  # in the order of the outputs
    size: int  # side of the input, in pixels
    metrics: dict[str, float]  # on the test split
    data: str  # hash of the photos and their classes
    revision: str  # commit of the code that exported
    golden: list[Golden]


def read_metadata(path: Path) -> Metadata:
    """Reads the metadata that model.export wrote into the file.

    Raises:
        Mistake: no such file, or not an exported model.
    """
    if not path.is_file():
        raise Mistake(f"there is no model file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith(f"/extra/{NAME}"))
            metadata = json.loads(archive.read(name))
    except (OSError, EOFError, RuntimeError, ValueError, StopIteration, zipfile.BadZipFile, zlib.error):
        metadata = None
    if not _is_complete(metadata):
        raise Mistake(f"{path} is not a model that model.export wrote")
    return cast("Metadata", metadata)


def _is_complete(metadata: Any) -> bool:
    """Whether what a server cannot do without is there: the size of the input, and golden answers."""
    return isinstance(metadata, dict) and isinstance(metadata.get("size"), int) and bool(metadata.get("golden"))


def file_sha256(path: Path) -> str:
    """The file's sha256, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_version(path: Path) -> str:
    """First 12 hex digits of the file's sha256."""
    return file_sha256(path)[:12]
