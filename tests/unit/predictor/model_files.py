"""Exported files that are smaller than any real model."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from tests.unit.photos import encoded, plain

PHOTO = encoded(plain(), "PNG")


class Even(torch.nn.Module):
    """Says 1 / C for each of C classes, whatever the photo."""

    def __init__(self, classes: int = 2):
        super().__init__()
        self.classes = classes

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.full((pixels.shape[0], self.classes), 1 / self.classes)


class Red(torch.nn.Module):
    """The redder a photo, the likelier a dog; fails when a photo is all black."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        assert int(pixels.sum((1, 2, 3)).min()) > 0
        dog = pixels[:, 0].float().mean((1, 2)) / 255
        return torch.stack((1 - dog, dog), 1)


class AnyRed(torch.nn.Module):
    """The redder a photo is compared with blue, the likelier is the second class."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        means = pixels.float().mean((2, 3))
        return torch.softmax(torch.stack((means[:, 2], means[:, 0]), 1) / 10, 1)


def golden(*probabilities: float) -> dict[str, Any]:
    """The golden answer to PHOTO."""
    tolerance = {"probability": 0.01, "factor": 1.5, "reason": "why not"}
    return {"file": "golden/1.png", "what": "PNG", "probabilities": list(probabilities), "tolerance": tolerance}


def described(size: object = 32, classes: Sequence[str] = ("cat", "dog"), **more: object) -> dict[str, object]:
    """The metadata that a server needs; the golden answers are those of Even."""
    answers = golden(*[1 / len(classes)] * len(classes))
    return {"format": 1, "size": size, "classes": list(classes), "golden": [answers], **more}


def write_model(path: Path, metadata: object, network: torch.nn.Module | None = None) -> Path:
    """Writes a file with this metadata, and PHOTO as its golden photo."""
    extras = {"metadata.json": json.dumps(metadata), "golden/1.png": PHOTO}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.script(network or Even())
        torch.jit.save(script, str(path), _extra_files=extras)
    return path
