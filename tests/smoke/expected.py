"""What a server must say: the revision that the commit claims, and the golden answers in catdog.pt."""

from dataclasses import dataclass
from pathlib import Path

from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.golden import golden_png
from model.contract.metadata import model_version, read_metadata

from .client import Failed
from .image_reference import ImageReference


@dataclass(frozen=True)
class GoldenPhoto:
    """A photo that code can draw again, and the probabilities measured when the model was exported."""

    photo: bytes
    """Encoded as PNG, in the size of the model's input."""
    probabilities: dict[str, float]
    """By class."""


@dataclass(frozen=True)
class Expected:
    """What every pod of one commit has in common."""

    image: ImageReference
    model_version: str
    goldens: list[GoldenPhoto]

    @property
    def revision(self) -> str:
        """The commit that the image was built from."""
        return self.image.revision


def read_expected(model: Path, image: ImageReference) -> Expected:
    """Reads what a server with this model file must say.

    Args:
        model: the exported file that is in the image.
        image: the one that the commit claims.

    Raises:
        Failed: no such file, or not an exported model.
    """
    try:
        metadata = read_metadata(model)
        goldens = [
            GoldenPhoto(
                golden_png(item["seed"], metadata["size"]), dict(zip(CLASSES, item["probabilities"], strict=True))
            )
            for item in metadata["golden"]
        ]
    except Mistake as mistake:
        raise Failed(str(mistake)) from None
    except (KeyError, TypeError, ValueError):
        raise Failed(f"{model} holds no golden answers for {' and '.join(CLASSES)}") from None
    return Expected(image, model_version(model), goldens)
