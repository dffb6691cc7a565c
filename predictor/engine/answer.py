"""What the engine gives back for the photos of a request."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Answer:
    """The N photos of a request: the model's output, and what metrics and log say about photos and times."""

    classes: Sequence[str]  # the C names, in the order of the outputs
    probabilities: NDArray[np.float32]  # [N, C]
    labels: list[str]  # the likeliest class of each photo
    confidences: list[float]  # its probability, 1 / C to 1
    unsure: list[bool]  # whether that is below the model's threshold
    sizes: list[tuple[int, int]]  # width and height of each photo, in pixels
    brightness: list[float]  # mean of each photo, 0 to 255
    queue_seconds: float
    inference_seconds: float  # from there on: decoding and forward pass, of its whole batch

    @property
    def inference_ms(self) -> float:
        """The same in milliseconds, as logs and responses say it."""
        return round(self.inference_seconds * 1000, 2)

    @property
    def server_timing(self) -> bytes:
        """The value of a Server-Timing header (W3C), in milliseconds."""
        return f"queue;dur={self.queue_seconds * 1000:.2f}, inference;dur={self.inference_ms:.2f}".encode()


def make_answer(
    classes: Sequence[str],
    probabilities: NDArray[np.float32],
    sizes: list[tuple[int, int]],
    brightness: list[float],
    queue_seconds: float,
    unsure_below: float = 0.0,
    inference_seconds: float = 0.0,
) -> Answer:
    """Works out labels and confidences from probabilities (float32 [N, C]); below a confidence they are unsure."""
    labels = [classes[index] for index in probabilities.argmax(1)]
    confidences = probabilities.max(1)
    unsure = (confidences < unsure_below).tolist()
    rounded = [round(value, 6) for value in confidences.tolist()]
    return Answer(classes, probabilities, labels, rounded, unsure, sizes, brightness, queue_seconds, inference_seconds)
