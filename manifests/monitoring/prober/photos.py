"""The photos that are asked about: golden ones of the release, and labelled ones where somebody has brought some."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.smoke.client import Failed
from tests.smoke.expected import Expected
from tests.smoke.golden import GoldenPhoto

LABELS = "labels.json"  # which class each file beside it is of
LABELLED, GOLDEN = "labelled", "golden"


@dataclass(frozen=True)
class Photo:
    """An encoded photo, and what it must be called."""

    name: str
    data: bytes
    label: str
    """Of a labelled photo, what people say; of a golden one, what the release's model said when it was exported."""
    golden: GoldenPhoto | None = None

    @property
    def kind(self) -> str:
        """LABELLED or GOLDEN."""
        return GOLDEN if self.golden else LABELLED


def golden_photos(expected: Expected) -> list[Photo]:
    """Those of the release."""
    photos = []
    for number, golden in enumerate(expected.goldens):
        likeliest = max(range(len(expected.classes)), key=golden.probabilities.__getitem__)
        photos.append(Photo(f"golden {number}", golden.photo, expected.classes[likeliest], golden))
    return photos


def labelled_photos(folder: Path) -> list[Photo]:
    """Those that hack/prober-photos has brought; none where there are none.

    Raises:
        Failed: they are incomplete.
    """
    try:
        labels = json.loads((folder / LABELS).read_bytes())
        return [Photo(str(name), (folder / name).read_bytes(), str(label)) for name, label in labels.items()]
    except FileNotFoundError as error:
        if Path(error.filename).name == LABELS:
            return []
        raise Failed(f"a labelled photo is missing: {error.filename}") from None
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise Failed(f"{LABELS} of the labelled photos cannot be read: {error}") from None
