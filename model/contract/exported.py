"""An exported model, read back."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.contract.errors import Mistake
from model.contract.golden import golden_image
from model.contract.metadata import Metadata, read_metadata


@dataclass
class ExportedModel:
    """Frozen TorchScript with its metadata."""

    script: torch.jit.ScriptModule
    metadata: Metadata

    @property
    def size(self) -> int:
        """Side of the input, in pixels."""
        return self.metadata["size"]

    @torch.inference_mode()
    def predict(self, pixels: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """uint8 [N, S, S, 3] to probabilities, float32 [N, 2]."""
        batches = (torch.tensor(pixels[i : i + batch_size]) for i in range(0, len(pixels), batch_size))
        return torch.cat([self.script(batch.permute(0, 3, 1, 2)) for batch in batches]).numpy()


def load_exported(path: Path) -> ExportedModel:
    """Reads a file of model.export. Only for files that you trust: TorchScript is code.

    Raises:
        Mistake: no such file, or not an exported model.
    """
    metadata = read_metadata(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchScript is deprecated, and it is the contract
            script = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError):
        raise Mistake(f"{path} is not a model that model.export wrote") from None
    return ExportedModel(script, metadata)


def check_golden(model: ExportedModel, tolerance: float = 0.01) -> None:
    """Compares the model's answers to its golden images with those that were measured at the export.

    Raises:
        Mistake: an answer differs by more than `tolerance`.
    """
    for golden in model.metadata["golden"]:
        image = golden_image(golden["seed"], model.size)
        difference = np.abs(model.predict(image[None])[0] - golden["probabilities"]).max()
        if not difference <= tolerance:
            raise Mistake(f"the model's answer to golden image {golden['seed']} is off by {difference:.3f}: not served")
