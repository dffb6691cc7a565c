"""What a server must say: two files in git, expected.json of the model file and claims.json by people."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Failed
from .golden import GoldenPhoto

EXPECTED, CLAIMS = "manifests/base/expected.json", "manifests/base/claims.json"  # as people know them
WRITER = "python -m hack.delivery.expected"
SHOWN = 5  # classes in a sentence
LARGEST_DIFFERENCE = 0.25  # of a probability: a wider tolerance compares nothing


@dataclass(frozen=True)
class Claims:
    """What people ask of every model that is released."""

    classes: tuple[str, ...]
    """In any order."""
    least_accuracy: float
    """0 to 1."""


@dataclass(frozen=True)
class Expected:
    """What every pod of one commit has in common."""

    revision: str
    """The commit that the image was built from."""
    model_version: str
    classes: tuple[str, ...]
    """In the order of the model's outputs."""
    accuracy: float | None
    """0 to 1, as the model file claims; None where it claims none."""
    test_photos: int | None
    """How many photos it was measured on, as the model file claims."""
    goldens: tuple[GoldenPhoto, ...]


def read_expected(folder: Path, revision: str) -> Expected:
    """Reads what a server must say.

    Args:
        folder: with expected.json.
        revision: the commit that the image was built from, as the commit claims.

    Raises:
        Failed: the file is missing, or not what `WRITER` writes.
    """
    content = read_object(folder, EXPECTED)
    try:
        classes = tuple(content["classes"])
        texts = [content["model_version"], *classes]
        accuracy, photos = content.get("accuracy"), content.get("test_photos")
        goldens = tuple(read_golden(item, len(classes)) for item in content["golden"])
        is_complete = (
            all(isinstance(text, str) for text in texts)
            and len(set(classes)) == len(classes) > 1
            and (accuracy is None or is_share(accuracy))
            and (photos is None or (type(photos) is int and photos > 0))
            and len(goldens) > 0
        )
    except (AttributeError, LookupError, TypeError, ValueError):
        is_complete = False
    if not is_complete:
        raise Failed(f"{EXPECTED} is not what {WRITER} writes: it writes the file anew")
    return Expected(revision, content["model_version"], classes, accuracy, photos, goldens)


def read_golden(item: Any, classes: int) -> GoldenPhoto:
    """One golden photo of expected.json; raises LookupError, TypeError or ValueError if it is not complete."""
    photo = base64.b64decode(item["photo"], validate=True)
    probabilities, tolerance = tuple(item["probabilities"]), item["tolerance"]
    golden = GoldenPhoto(str(item["what"]), photo, probabilities, tolerance["probability"], tolerance["factor"])
    if not photo or len(probabilities) != classes or not all(is_share(each) for each in probabilities):
        raise ValueError("a photo or its answer is missing")
    if not is_number(golden.most_difference) or golden.most_difference > LARGEST_DIFFERENCE:
        raise ValueError("the tolerance lets everything pass")
    if not is_number(golden.most_factor) or golden.most_factor <= 1:
        raise ValueError("the tolerance is missing")
    return golden


def read_claims(folder: Path) -> Claims:
    """Reads what people ask of every model, from claims.json in `folder`.

    Raises:
        Failed: the file is missing, or has another form.
    """
    content = read_object(folder, CLAIMS)
    classes, least = content.get("classes"), content.get("least_accuracy", "")
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        raise Failed(f'{CLAIMS} has no list of classes, such as "classes": ["cat", "dog"]')
    if not is_share(least):
        raise Failed(f'{CLAIMS} has no share from 0 to 1 as "least_accuracy"')
    return Claims(tuple(classes), float(least))


def compare_claims(expected: Expected, claims: Claims) -> str:
    """What the model file claims, in a few words.

    Raises:
        Failed: it has other classes than people ask for, or less accuracy, or claims none.
    """
    compare_classes(expected.classes, claims.classes)
    asked = f"{CLAIMS} asks for at least {claims.least_accuracy:.2%}".replace("%", " %")
    if expected.accuracy is None:
        raise Failed(f"the model file claims no accuracy, {asked}")
    accuracy = f"{expected.accuracy:.2%}".replace("%", " %")
    if expected.accuracy < claims.least_accuracy:
        raise Failed(f"the model file claims an accuracy of {accuracy}, {asked}")
    photos = f" on {expected.test_photos:,} test photos" if expected.test_photos else ""
    return f"accuracy {accuracy}{photos} (claimed), {asked}"


def compare_classes(found: Sequence[str], claimed: Sequence[str]) -> None:
    """Raises Failed unless both are the same names, in any order; the sentence says which came and which went."""
    here, there = set(found), set(claimed)
    came, went = [name for name in found if name not in there], [name for name in claimed if name not in here]
    changes = [f"{some(names)} {verb}" for names, verb in ((came, "came"), (went, "went")) if names]
    if changes:
        raise Failed(
            f"the model file has other classes than {CLAIMS}: {', '.join(changes)}; "
            "a commit that means it changes that file, too"
        )


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def read_object(folder: Path, name: str) -> dict[str, Any]:
    """The JSON object in a file of `folder`, which people know as `name`; raises Failed if there is none."""
    try:
        content = json.loads((folder / Path(name).name).read_bytes())
    except OSError as error:
        raise Failed(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Failed(f"{name} is not JSON") from None
    if not isinstance(content, dict):
        raise Failed(f"{name} is not a JSON object")
    return content


def is_number(value: object) -> bool:
    """Whether a value of JSON is a number above zero that can be compared."""
    return type(value) in (int, float) and 0 < value < float("inf")  # type: ignore[operator]


def is_share(value: object) -> bool:
    """Whether a value of JSON is a number from 0 to 1."""
    return type(value) in (int, float) and 0 <= value <= 1  # type: ignore[operator]
