"""KServe's V2 protocol over HTTP: JSON, with binary tensors behind it where a header gives the length of the JSON.

The SDK's own parser works on the event loop, and cannot take a photo as a binary tensor: it makes text of it.
"""

from typing import Any

import orjson

from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.protocols.json_body import parse_json
from predictor.protocols.protocol import HTTPProtocol, HTTPResponse
from predictor.protocols.top_k import read_top_k
from predictor.protocols.v2_outputs import check_outputs, default_outputs, v2_outputs
from predictor.protocols.v2_tensors import flatten, photos_of, split_elements

JSON_LENGTH = b"inference-header-content-length"
EXPECTED_BODY = (
    'the body must be {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": ["..."]}]}: '
    "photos in base64, or binary tensors"
)

Object = dict[str, Any]  # of JSON


class V2(HTTPProtocol):
    """POST /v2/models/NAME/infer."""

    client_id: str | None = None  # the request's own id
    outputs: dict[str, bool]  # the outputs that the client wants, and whether it wants them binary
    top_k: int | None = None  # the client wants only so many classes

    def decode(self) -> list[bytes]:
        text, binary = self._split()
        request, tensor = _parse(text)
        self.client_id, self.top_k = request.get("id"), read_top_k(request.get("parameters"))
        self.outputs = _wanted_outputs(request, self.top_k)
        data, size = tensor.get("data"), _parameters(tensor).get("binary_data_size")
        is_binary = data is None and size == len(binary)
        elements = split_elements(binary, self.limits) if is_binary else flatten(data, self.limits)
        return photos_of(elements, tensor.get("shape"), self.limits)

    def _split(self) -> tuple[bytes, bytes]:
        """The JSON of the body, and the binary tensors behind it."""
        body, given = self.body(), self.request.headers.get(JSON_LENGTH)
        if given is None:
            return body, b""
        length = int(given) if given.isdigit() and len(given) < 12 else -1
        if not 0 < length <= len(body):
            raise Refused(400, "the header inference-header-content-length is not the length of JSON in the body")
        return body[:length], body[length:]

    def encode(self, answer: Answer) -> HTTPResponse:
        outputs, tensors = [], []
        values = v2_outputs(answer, self.top_k)
        for name, is_binary in self.outputs.items():
            value = values[name]
            output: Object = {"name": name, "shape": list(value.shape), "datatype": value.datatype}
            if is_binary:
                tensors.append(value.binary())
                output["parameters"] = {"binary_data_size": len(tensors[-1])}
            else:
                output["data"] = value.json()
            outputs.append(output)
        content = {
            "model_name": self.identity.model_name,
            "model_version": self.identity.model_version,
            "outputs": outputs,
            "id": self.client_id or self.request.request_id,
        }
        text = orjson.dumps(content)
        if not tensors:
            return HTTPResponse(text)
        length = (JSON_LENGTH, str(len(text)).encode())
        return HTTPResponse(text + b"".join(tensors), b"application/octet-stream", (length,))


def _parse(text: bytes) -> tuple[Object, Object]:
    """The request, and its one input."""
    request = parse_json(text, EXPECTED_BODY)
    if not isinstance(request, dict) or not isinstance(request.get("id", ""), str | None):
        raise Refused(400, EXPECTED_BODY)
    inputs = request.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise Refused(400, EXPECTED_BODY)
    if inputs[0].get("datatype") != "BYTES":
        raise Refused(400, f"the input's datatype is not BYTES; {EXPECTED_BODY}")
    return request, inputs[0]


def _wanted_outputs(request: Object, top_k: int | None) -> dict[str, bool]:
    """The outputs that the client wants, and whether it wants them binary."""
    all_binary = _flag(request, "binary_data_output", False)
    outputs = request.get("outputs") or [{"name": name} for name in default_outputs(top_k)]
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise Refused(400, "outputs is not a list of objects")
    check_outputs([output.get("name") for output in outputs], top_k)
    return {output["name"]: _flag(output, "binary_data", all_binary) for output in outputs}


def _flag(owner: Object, name: str, default: bool) -> bool:
    value = _parameters(owner).get(name)
    if not isinstance(value, bool | None):
        raise Refused(400, f"the parameter {name} is neither true nor false")
    return default if value is None else value


def _parameters(owner: Object) -> Object:
    parameters = owner.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise Refused(400, "parameters is not an object")
    return parameters
