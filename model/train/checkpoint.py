"""Training state on disk: written whole or not at all."""

import io
import warnings
from pathlib import Path
from typing import Any, cast

import torch

from model.contract.errors import Mistake
from model.output import whole_file
from model.train.network import Classifier, build

Checkpoint = dict[str, Any]  # nested dicts and lists of tensors and plain values


def save_checkpoint(path: Path, state: Checkpoint) -> None:
    """Writes a checkpoint; a file of that name is replaced."""
    content = io.BytesIO()  # torch's own writing of files ends the process where the disk is full
    torch.save(state, content)
    with whole_file(path) as work:
        work.write_bytes(content.getbuffer())


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads what save_checkpoint wrote; never executes code from the file.

    Raises:
        Mistake: no such file, or not a checkpoint.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the file is an exported one, of which the sentence says enough
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise Mistake(f"there is no checkpoint {path}: run python -m model.train first") from None
    except PermissionError:
        raise  # model.command says it
    except Exception as error:
        raise Mistake(f"{path} is not a checkpoint of model.train ({type(error).__name__})") from None
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("params"), dict):
        raise Mistake(f"{path} is not a checkpoint of model.train")
    return cast("Checkpoint", checkpoint)


def load_network(path: Path) -> Classifier:
    """The trained network of the checkpoint best.pt, in evaluation mode.

    Raises:
        Mistake: no such file, or not such a checkpoint.
    """
    checkpoint = load_checkpoint(path)
    name, classes = checkpoint["params"].get("network"), _classes(checkpoint, path)
    if "network" not in checkpoint:
        raise Mistake(f"{path} is not a finished network: name best.pt, which model.train writes beside last.pt")
    network = build(str(name), len(classes))
    try:
        network.load_state_dict(checkpoint["network"])
    except (RuntimeError, TypeError, AttributeError):
        raise Mistake(f"the weights in {path} are not those of the network {name} of today: train again") from None
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
