"""What came of a request."""

from dataclasses import dataclass

import numpy as np

from model.contract.classes import CLASSES


@dataclass(slots=True)
class Answer:
    """A request's N photos: what the model says, and what is worth knowing about photos and times."""

    probabilities: np.ndarray  # float32 [N, 2]
    labels: list[str]  # the likelier class of each photo
    confidences: list[float]  # its probability, 0.5 to 1
    sizes: list[tuple[int, int]]  # width and height of each photo, in pixels
    brightness: list[float]  # mean of each photo, 0 to 255
    queue_seconds: float


def make_answer(
    probabilities: np.ndarray, sizes: list[tuple[int, int]], brightness: list[float], queue_seconds: float
) -> Answer:
    """Works out labels and confidences from probabilities (float32 [N, 2])."""
    labels = [CLASSES[index] for index in probabilities.argmax(1)]
    confidences = [round(value, 6) for value in probabilities.max(1).tolist()]
    return Answer(probabilities, labels, confidences, sizes, brightness, queue_seconds)
