"""The request parameter `top_k`: of each photo only the k likeliest classes are wanted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from predictor.engine.answer import Answer
from predictor.errors import Refused

LARGEST_TOP_K = 1_000_000  # more than there are classes means all of them


class Top(NamedTuple):
    """The likeliest classes of N photos, the likeliest first; k is less where there are fewer classes."""

    classes: list[list[str]]  # N lists of k names
    probabilities: NDArray[np.float32]  # [N, k]


def read_top_k(parameters: object) -> int | None:
    """The parameter, or None where the request has none.

    Args:
        parameters: the request's, from JSON or gRPC.

    Raises:
        Refused: 400, they are not an object, or top_k is not a whole number from 1 to LARGEST_TOP_K.
    """
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        raise Refused(400, "parameters is not an object")
    top_k = parameters.get("top_k")
    if top_k is None:
        return None
    if type(top_k) not in (int, float) or not 1 <= top_k <= LARGEST_TOP_K or int(top_k) != top_k:  # 2.0 of JSON is 2
        raise Refused(400, f"top_k is not a whole number from 1 to {LARGEST_TOP_K:,}")
    return int(top_k)


def top_of(answer: Answer, top_k: int) -> Top:
    """The k likeliest classes of each photo; of equally likely ones the first."""
    order = np.argsort(-answer.probabilities, axis=1, kind="stable")[:, :top_k]
    names = [[answer.classes[index] for index in row] for row in order.tolist()]
    return Top(names, np.take_along_axis(answer.probabilities, order, 1))
