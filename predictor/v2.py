"""KServe's V2 protocol over HTTP: JSON, with binary tensors behind it where a header gives the length of the JSON.

The SDK's own parser works on the event loop, and cannot take a photo as a binary tensor: it makes text of it.
"""

import struct
from math import prod
from typing import Any

import numpy as np
import orjson

from predictor import v1
from predictor.answer import Answer
from predictor.build import Build
from predictor.errors import Refused
from predictor.limits import Limits

JSON_LENGTH = b"inference-header-content-length"
SHAPE = (
    'the body must be {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": ["..."]}]}: '
    "photos in base64, or binary tensors"
)
MOST_DIMENSIONS = 8


class InferExchange:
    """One inference: reads the photos out of a request (in a thread of the engine), and writes the response."""

    def __init__(self, body: bytes, json_length: bytes | None, limits: Limits):
        self.body, self.json_length, self.limits = body, json_length, limits
        self.request: dict[str, Any] = {}

    def read(self) -> list[bytes]:
        """The encoded photos: the elements of the one input.

        Raises:
            Refused: 400, with a sentence that says what is wrong.
        """
        text, binary = self._split()
        try:
            request = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Refused(400, f"the body is not JSON; {SHAPE}") from None
        if not isinstance(request, dict) or not isinstance(request.get("id", ""), str | None):
            raise Refused(400, SHAPE)
        inputs = request.get("inputs")
        if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
            raise Refused(400, SHAPE)
        if inputs[0].get("datatype") != "BYTES":
            raise Refused(400, f"the input's datatype is not BYTES; {SHAPE}")
        self.request = request
        self._wanted()
        data, size = inputs[0].get("data"), _parameters(inputs[0]).get("binary_data_size")
        is_binary = data is None and size == len(binary)
        elements = split_elements(binary, self.limits) if is_binary else _flat(data, self.limits)
        return check_elements(elements, inputs[0].get("shape"), self.limits)

    def _split(self) -> tuple[bytes, bytes]:
        if self.json_length is None:
            return self.body, b""
        length = int(self.json_length) if self.json_length.isdigit() and len(self.json_length) < 12 else -1
        if not 0 < length <= len(self.body):
            raise Refused(400, "the header inference-header-content-length is not the length of JSON in the body")
        return self.body[:length], self.body[length:]

    def _wanted(self) -> dict[str, bool]:
        """The outputs that the client wants, and whether it wants them binary."""
        all_binary = _parameters(self.request).get("binary_data_output") is True
        outputs = self.request.get("outputs") or [{"name": "label"}, {"name": "probabilities"}]
        if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
            raise Refused(400, "outputs is not a list of objects")
        if any(output.get("name") not in ("label", "probabilities") for output in outputs):
            raise Refused(400, "there is no such output: there are label and probabilities")
        return {output["name"]: _parameters(output).get("binary_data", all_binary) is True for output in outputs}

    def response(self, answer: Answer, name: str, build: Build, request_id: str) -> tuple[bytes, int | None]:
        """The body of the response, and the length of its JSON where binary tensors follow."""
        outputs, tensors = [], []
        for wanted, is_binary in self._wanted().items():
            output, data, tensor = _output(wanted, answer)
            if is_binary:
                tensors.append(tensor)
                output["parameters"] = {"binary_data_size": len(tensor)}
            else:
                output["data"] = data
            outputs.append(output)
        content = {"model_name": name, "model_version": build.model_version, "outputs": outputs}
        text = orjson.dumps({**content, "id": self.request.get("id") or request_id})
        return text + b"".join(tensors), len(text) if tensors else None


def _parameters(owner: dict[str, Any]) -> dict[str, Any]:
    parameters = owner.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise Refused(400, "parameters is not an object")
    return parameters


def _output(name: str, answer: Answer) -> tuple[dict[str, Any], list, bytes]:
    """Its description, its data for JSON and its data as a binary tensor."""
    count = len(answer.labels)
    if name == "label":
        tensor = b"".join(struct.pack("<I", len(label)) + label.encode() for label in answer.labels)
        return {"name": name, "shape": [count], "datatype": "BYTES"}, answer.labels, tensor
    probabilities = answer.probabilities.astype("<f4")
    description = {"name": name, "shape": list(probabilities.shape), "datatype": "FP32"}
    return description, np.round(probabilities.astype(float), 6).ravel().tolist(), probabilities.tobytes()


def _flat(data: object, limits: Limits) -> list:
    """Nested lists as one; never more work than the limit on instances allows."""
    if not isinstance(data, list):
        raise Refused(400, "the input has no data that fits its parameters")
    while len(data) <= limits.max_instances and any(isinstance(element, list) for element in data):
        data = [inner for element in data for inner in (element if isinstance(element, list) else [element])]
    return data


def split_elements(tensor: bytes, limits: Limits) -> list[bytes]:
    """A binary tensor of datatype BYTES: each element follows its length, 4 bytes, little-endian."""
    elements: list[bytes] = []
    start = 0
    while start < len(tensor) and len(elements) <= limits.max_instances:
        length = int.from_bytes(tensor[start : start + 4], "little")
        start += 4 + length
        elements.append(tensor[start - length : start])
    if start > len(tensor):
        raise Refused(400, "the binary tensor is cut short")
    return elements


def check_elements(elements: list, shape: object, limits: Limits) -> list[bytes]:
    """The photos, when they are as many as the shape says and the limits allow."""
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
        return v1.decode_base64(element, f"element {index}", limits)
    if not isinstance(element, bytes):
        raise Refused(400, f"element {index} is neither bytes nor base64 text")
    if len(element) > limits.max_image_bytes:
        raise Refused(400, f"element {index} has more than the limit of {limits.max_image_bytes:,} bytes")
    return element
