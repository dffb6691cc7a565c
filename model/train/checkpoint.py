"""Training state on disk: written whole or not at all."""

from pathlib import Path
from typing import Any, cast

import torch

from model.contract.errors import Mistake
from model.output import whole_file
from model.train.network import Classifier, build

Checkpoint = dict[str, Any]  # nested dicts and lists of tensors and plain values


def save_checkpoint(path: Path, state: Checkpoint) -> None:
    """Writes a checkpoint; a file of that name is replaced."""
    with whole_file(path) as work:
        torch.save(state, work)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads what save_checkpoint wrote; never executes code from the file.

    Raises:
        Mistake: no such file, or not a checkpoint.
    """
    try:
        return cast("Checkpoint", torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise Mistake(f"there is no checkpoint {path}: run python -m model.train first") from None
    except Exception as error:
        raise Mistake(f"{path} is not a checkpoint of model.train ({type(error).__name__})") from None


def load_network(path: Path) -> Classifier:
    """The trained network of the checkpoint best.pt, in evaluation mode.

    Raises:
        Mistake: no such file, or not a checkpoint.
    """
    checkpoint = load_checkpoint(path)
    network = build(checkpoint["params"]["network"], len(_classes(checkpoint, path)))
    network.load_state_dict(checkpoint["network"])
    return network.eval()


def load_classes(path: Path) -> tuple[str, ...]:
    """The classes of a checkpoint, in the order of the network's outputs.

    Raises:
        Mistake: no such file, or not a checkpoint.
    """
    return _classes(load_checkpoint(path), path)


def _classes(checkpoint: Checkpoint, path: Path) -> tuple[str, ...]:
    if "classes" not in checkpoint:
        raise Mistake(f"{path} does not say its classes, an earlier version wrote it: run python -m model.train again")
    return tuple(checkpoint["classes"])
