"""Tensors of the V2 protocol, as V2 over HTTP and over gRPC share them."""

import struct
from collections.abc import Sequence
from math import prod

from predictor.errors import Refused
from predictor.limits import Limits
from predictor.protocols.base64 import decode_base64

MOST_DIMENSIONS = 8


def pack_texts(texts: Sequence[str]) -> bytes:
    """A binary tensor of datatype BYTES: each element follows its length, 4 bytes, little-endian."""
    return b"".join(struct.pack("<I", len(text)) + text for text in map(str.encode, texts))


def split_elements(tensor: bytes, limits: Limits) -> list[bytes]:
    """The elements of such a tensor; reads at most one more than `max_instances`.

    Raises:
        Refused: 400, it ends within an element.
    """
    elements: list[bytes] = []
    start = 0
    while start < len(tensor) and len(elements) <= limits.max_instances:
        length = int.from_bytes(tensor[start : start + 4], "little")
        start += 4 + length
        elements.append(tensor[start - length : start])
    if start > len(tensor):
        raise Refused(400, "the binary tensor is cut short")
    return elements


def flatten(data: object, limits: Limits) -> list[object]:
    """Nested lists as one list; stops once there are more elements than `max_instances`.

    Raises:
        Refused: 400, it is not a list.
    """
    if not isinstance(data, list):
        raise Refused(400, "the input has no data that fits its parameters")
    while len(data) <= limits.max_instances and any(isinstance(element, list) for element in data):
        data = [inner for element in data for inner in (element if isinstance(element, list) else [element])]
    return data


def photos_of(elements: Sequence[object], shape: object, limits: Limits) -> list[bytes]:
    """The photos of a tensor whose elements are bytes or base64 text.

    Raises:
        Refused: 400, they are none, too many, too large, or not as many as the shape says.
    """
    if not elements:
        raise Refused(400, "the input is empty: send at least one photo")
    if len(elements) > limits.max_instances:
        raise Refused(400, f"more photos than the limit of {limits.max_instances}")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape[:MOST_DIMENSIONS]):
        raise Refused(400, "the input's shape is not a list of numbers")
    if len(shape) > MOST_DIMENSIONS or prod(shape) != len(elements):
        raise Refused(400, "the input's data does not fit its shape")
    return [_photo(element, index, limits) for index, element in enumerate(elements)]


def _photo(element: object, index: int, limits: Limits) -> bytes:
    if isinstance(element, str):
        return decode_base64(element, f"element {index}", limits)
    if not isinstance(element, bytes):
        raise Refused(400, f"element {index} is neither bytes nor base64 text")
    if len(element) > limits.max_image_bytes:
        raise Refused(400, f"element {index} has more than the limit of {limits.max_image_bytes:,} bytes")
    return element
