"""What came of a request."""

from dataclasses import dataclass

import numpy as np

from model.classes import CLASSES


@dataclass(slots=True)
class Answer:
    """Probabilities (float32 [N, 2]) of a request's photos, and what is worth knowing about photos and times."""

    probabilities: np.ndarray
    sizes: list[tuple[int, int]]  # width and height of each photo, in pixels
    brightness: list[float]  # mean of each photo, 0 to 255
    queue_seconds: float

    @property
    def labels(self) -> list[str]:
        """The likelier class of each photo."""
        return [CLASSES[index] for index in self.probabilities.argmax(1)]

    @property
    def confidences(self) -> list[float]:
        """Its probability, 0.5 to 1."""
        return [round(value, 6) for value in self.probabilities.max(1).tolist()]
