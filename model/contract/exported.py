"""An exported model, read back."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.contract.errors import BadImage, Mistake
from model.contract.golden_photos import GoldenPhoto, read_golden_photos
from model.contract.metadata import Metadata, check_whole, read_metadata
from model.contract.preprocess import preprocess


@dataclass
class ExportedModel:
    """Frozen TorchScript with its metadata and its golden photos."""

    script: torch.jit.ScriptModule
    metadata: Metadata
    goldens: list[GoldenPhoto]

    @property
    def size(self) -> int:
        """Side of the input, in pixels."""
        return self.metadata["size"]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the C classes, in the order of the outputs."""
        return tuple(self.metadata["classes"])

    @property
    def unsure_below(self) -> float:
        """Answers of less confidence are marked as unsure: 0 marks none, above 1 all."""
        return self.metadata["unsure"]["below"] if "unsure" in self.metadata else 0.0

    @torch.inference_mode()
    def predict(self, pixels: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """uint8 [N, S, S, 3] to probabilities, float32 [N, C]."""
        pixels = np.require(pixels, requirements="W")  # torch shares the memory of an array, and may write to it
        batches = (torch.from_numpy(pixels[i : i + batch_size]) for i in range(0, len(pixels), batch_size))
        return torch.cat([self.script(batch.permute(0, 3, 1, 2)) for batch in batches]).numpy()


def load_exported(path: Path) -> ExportedModel:
    """Reads a file of model.export. Only for files that you trust: TorchScript is code.

    Raises:
        Mistake: no such file, not an exported model, one of another format, or a damaged one.
    """
    metadata = read_metadata(path)
    check_whole(path)
    goldens = read_golden_photos(path, metadata)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchScript is deprecated, and it is the contract
            script = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError):
        raise Mistake(f"{path} is not a model that model.export wrote") from None
    return ExportedModel(script, metadata, goldens)


def check_golden(model: ExportedModel) -> None:
    """Compares the model's answers to its golden photos with those that were measured at the export.

    Raises:
        Mistake: an answer is further off than its tolerance, or the model does not take or give what it must.
    """
    for number, golden in enumerate(model.goldens, 1):
        what = f"golden photo {number} ({golden.what})"
        try:
            (found,) = model.predict(preprocess(golden.photo, model.size)[None])
        except BadImage as error:
            raise Mistake(f"{what} cannot be read, {error}: not served") from None
        except (RuntimeError, ValueError):
            raise Mistake(f"the model fails for {what}: not served") from None
        if found.shape != (len(model.classes),):
            raise Mistake(f"the model has {len(found):,} outputs for {len(model.classes):,} classes: not served")
        if (wrong := golden.wrong_class(found)) is not None:
            raise Mistake(
                f"the model's answer to {what} is wrong: {model.classes[wrong]} {found[wrong]:.4f}, "
                f"exported as {golden.probabilities[wrong]:.4f}: not served"
            )
