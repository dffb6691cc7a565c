"""The outputs of an answer in the V2 protocol, as V2 over HTTP and over gRPC share them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictor.engine.answer import Answer
from predictor.protocols.top_k import top_of
from predictor.protocols.v2_tensors import pack_texts


@dataclass(frozen=True, slots=True)
class Texts:
    """A tensor of datatype BYTES."""

    elements: list[str]
    shape: tuple[int, ...]
    datatype = "BYTES"

    def json(self) -> list[str]:
        """The elements, as `data` of JSON."""
        return self.elements

    def binary(self) -> bytes:
        """The elements, as a binary tensor."""
        return pack_texts(self.elements)

    @property
    def array(self) -> NDArray[np.object_]:
        """The elements, in the tensor's shape."""
        return np.array(self.elements, dtype=np.object_).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A tensor of datatype FP32."""

    array: NDArray[np.float32]
    datatype = "FP32"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return self.array.shape

    def json(self) -> list[float]:
        """The elements, as `data` of JSON: rounded to six digits."""
        values: list[float] = np.round(self.array.astype(float), 6).ravel().tolist()
        return values

    def binary(self) -> bytes:
        """The elements, as a binary tensor."""
        return self.array.astype("<f4").tobytes()


def v2_outputs(answer: Answer, top_k: int | None) -> dict[str, Texts | Numbers]:
    """The outputs by their names: label [N] and probabilities [N, C].

    With `top_k` (a number k) they are label [N], probabilities [N, k] and classes [N, k], the likeliest first.
    """
    labels = Texts(answer.labels, (len(answer.labels),))
    if top_k is None:
        return {"label": labels, "probabilities": Numbers(answer.probabilities)}
    top = top_of(answer, top_k)
    names = [name for names in top.classes for name in names]
    return {
        "label": labels,
        "probabilities": Numbers(top.probabilities),
        "classes": Texts(names, top.probabilities.shape),
    }
