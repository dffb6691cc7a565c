"""An exported model, read back."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.contract.errors import Mistake
from model.contract.golden import golden_image


@dataclass
class ExportedModel:
    """Frozen TorchScript with its metadata; see model.export for the contract."""

    script: torch.jit.ScriptModule
    metadata: dict

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
    if not path.is_file():
        raise Mistake(f"there is no model file {path}")
    extra = {"metadata.json": ""}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchScript is deprecated, and it is the contract
            script = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
        metadata = json.loads(extra["metadata.json"])
        if not isinstance(metadata["size"], int) or not metadata["golden"]:
            raise ValueError("its metadata is of another kind")
        return ExportedModel(script, metadata)
    except (RuntimeError, ValueError, KeyError, TypeError):
        raise Mistake(f"{path} is not a model that model.export wrote") from None


def check_golden(model: ExportedModel, tolerance: float = 0.01) -> None:
    """Asks the model for its golden images and compares with what its exporter measured.

    Raises:
        Mistake: an answer differs by more than `tolerance`.
    """
    for golden in model.metadata["golden"]:
        image = golden_image(golden["seed"], model.size)
        difference = np.abs(model.predict(image[None])[0] - golden["probabilities"]).max()
        if not difference <= tolerance:
            raise Mistake(f"the model's answer to golden image {golden['seed']} is off by {difference:.3f}: not served")
