"""What an exported file says of itself, read without torch: a TorchScript file is a zip archive."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from model.contract.errors import Mistake

NAME = "metadata.json"  # of TorchScript's extra file


def read_metadata(path: Path) -> dict[str, Any]:
    """Reads the metadata that model.export wrote into the file.

    Raises:
        Mistake: no such file, or not an exported model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith(f"/extra/{NAME}"))
            metadata = json.loads(archive.read(name))
    except FileNotFoundError:
        raise Mistake(f"there is no model file {path}") from None
    except (OSError, zipfile.BadZipFile, StopIteration, ValueError):
        raise Mistake(f"{path} is not a model that model.export wrote") from None
    if not isinstance(metadata, dict):
        raise Mistake(f"{path} is not a model that model.export wrote")
    return metadata


def model_version(path: Path) -> str:
    """First 12 hex digits of the file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
