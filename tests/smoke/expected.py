"""What a server must say: the revision and the classes that the commit claims, and the golden answers in catdog.pt."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.contract.errors import Mistake, some
from model.contract.golden_photos import GoldenPhoto, read_golden_photos
from model.contract.metadata import model_version, read_metadata

from .client import Failed
from .image_reference import ImageReference

CLASSES_LINE = "CATDOG_EXPECTED_CLASSES in manifests/inferenceservice.yaml"
SHOWN = 5  # classes in a sentence


@dataclass(frozen=True)
class Expected:
    """What every pod of one commit has in common."""

    image: ImageReference
    model_version: str
    classes: tuple[str, ...]
    """In the order of the model's outputs."""
    goldens: list[GoldenPhoto]

    @property
    def revision(self) -> str:
        """The commit that the image was built from."""
        return self.image.revision


def read_expected(model: Path, image: ImageReference, claimed: str | None = None) -> Expected:
    """Reads what a server with this model file must say.

    Args:
        model: the exported file that is in the image.
        image: the one that the commit claims.
        claimed: the classes that the commit claims, as a JSON list; None or empty where it claims none.

    Raises:
        Failed: no such file, not an exported model, or one of other classes than the commit claims.
    """
    try:
        metadata = read_metadata(model)
        goldens = read_golden_photos(model, metadata)
    except Mistake as mistake:
        raise Failed(str(mistake)) from None
    classes = tuple(metadata["classes"])
    compare_claim(classes, claimed)
    return Expected(image, model_version(model), classes, goldens)


def compare_claim(classes: Sequence[str], claimed: str | None) -> None:
    """Raises Failed unless a model has exactly the classes that its commit claims, in any order.

    Args:
        classes: the model's.
        claimed: the commit's, as a JSON list; None or empty where it claims none.
    """
    if claimed:
        compare_classes(classes, read_claim(claimed))


def read_claim(text: str) -> list[str]:
    """The classes that a commit claims; raises Failed unless the text is a JSON list of names."""
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Failed(f'{CLASSES_LINE} is not a JSON list such as ["cat", "dog"]: {text!r:.60}')
    return names


def compare_classes(found: Sequence[str], claimed: Sequence[str]) -> None:
    """Raises Failed unless both are the same names, in any order; the sentence says which came and which went."""
    here, there = set(found), set(claimed)
    came, went = [name for name in found if name not in there], [name for name in claimed if name not in here]
    changes = [f"{some(names, SHOWN)} {verb}" for names, verb in ((came, "came"), (went, "went")) if names]
    if changes:
        raise Failed(
            f"the model has other classes than the commit claims: {', '.join(changes)}; "
            f"a commit that means it says so in {CLASSES_LINE}"
        )
