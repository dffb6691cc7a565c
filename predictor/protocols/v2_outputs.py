"""The outputs of an answer in the V2 protocol, as V2 over HTTP and over gRPC share them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.protocols.top_k import top_of
from predictor.protocols.v2_tensors import pack_texts


def default_outputs(top_k: int | None) -> tuple[str, ...]:
    """What a client gets that names no outputs: no new one ever, because clients may count them."""
    return ("label", "probabilities") if top_k is None else ("label", "probabilities", "classes")


def check_outputs(names: Sequence[object], top_k: int | None) -> None:
    """Raises Refused (400) where one of the outputs that a client names is none."""
    known = (*default_outputs(top_k), "unsure")
    if any(name not in known for name in names):
        more = ", and classes with top_k" if top_k is None else ""
        raise Refused(400, f"there is no such output: there are {', '.join(known)}{more}")


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


@dataclass(frozen=True, slots=True)
class Flags:
    """A tensor of datatype BOOL."""

    array: NDArray[np.bool_]
    datatype = "BOOL"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return self.array.shape

    def json(self) -> list[bool]:
        """The elements, as `data` of JSON."""
        values: list[bool] = self.array.tolist()
        return values

    def binary(self) -> bytes:
        """The elements, as a binary tensor: a byte each."""
        return self.array.tobytes()


def v2_outputs(answer: Answer, top_k: int | None) -> dict[str, Texts | Numbers | Flags]:
    """The outputs by their names: label [N], probabilities [N, C] and unsure [N].

    With `top_k` (a number k) they are label [N], probabilities [N, k] and classes [N, k], the likeliest first, and
    unsure [N].
    """
    labels, unsure = Texts(answer.labels, (len(answer.labels),)), Flags(np.array(answer.unsure))
    if top_k is None:
        return {"label": labels, "probabilities": Numbers(answer.probabilities), "unsure": unsure}
    top = top_of(answer, top_k)
    names = [name for names in top.classes for name in names]
    return {
        "label": labels,
        "probabilities": Numbers(top.probabilities),
        "classes": Texts(names, top.probabilities.shape),
        "unsure": unsure,
    }
