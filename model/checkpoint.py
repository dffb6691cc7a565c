"""Training state on disk: written whole or not at all."""

from pathlib import Path

import torch

from model.command import new_file
from model.contract.errors import Mistake


def save_checkpoint(path: Path, state: dict) -> None:
    """Writes nested dicts of tensors and plain values."""
    with new_file(path) as work:
        torch.save(state, work)


def load_checkpoint(path: Path) -> dict:
    """Reads what save_checkpoint wrote; never executes code from the file.

    Raises:
        Mistake: no such file, or not a checkpoint.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise Mistake(f"there is no checkpoint {path}: run python -m model.train first") from None
    except Exception as error:
        raise Mistake(f"{path} is not a checkpoint of model.train ({type(error).__name__})") from None
