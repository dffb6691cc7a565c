"""The operations that answer photos, with examples that can be sent."""

from typing import Any

from predictor.http.openapi.schemas import EXAMPLE, TEXT, reference
from predictor.limits import Limits

FORMATS = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "application/octet-stream")
V1_EXAMPLE = {"instances": [{"image": {"b64": EXAMPLE}}]}
V2_EXAMPLE = {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [EXAMPLE]}]}
SERVER_TIMING = {"schema": TEXT, "description": "milliseconds in the queue, and from there to the answer (W3C)"}


def predict(limits: Limits, refusals: dict[str, Any]) -> dict[str, Any]:
    """V1: JSON, a photo as it is, or photos as the files of a form."""
    photo: dict[str, Any] = {"schema": {}}
    return {
        "operationId": "predict",
        "summary": "What photos show (V1)",
        "description": _bounds(limits) + " A form's files are photos, whatever the names of its parts.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": reference("V1Request"), "example": V1_EXAMPLE},
                **dict.fromkeys(FORMATS, photo),
                "multipart/form-data": {"schema": reference("FormRequest")},
            },
        },
        "responses": {"200": _answer({"application/json": {"schema": reference("V1Answer")}}), **refusals},
    }


def infer(limits: Limits, refusals: dict[str, Any], name: str) -> dict[str, Any]:
    """V2: JSON, or JSON with binary tensors behind it; `name` is that of the operation."""
    length = {
        "name": "Inference-Header-Content-Length",
        "in": "header",
        "description": "where binary tensors follow: bytes of the JSON before them",
        "schema": {"type": "integer", "minimum": 1},
    }
    content = {"application/json": {"schema": reference("V2Answer")}, "application/octet-stream": {"schema": {}}}
    return {
        "operationId": name,
        "summary": "What photos show (V2)",
        "description": _bounds(limits) + " Of outputs that the request names, only those are in the answer.",
        "parameters": [length],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": reference("V2Request"), "example": V2_EXAMPLE},
                "application/octet-stream": {"schema": {}},
            },
        },
        "responses": {"200": _answer(content), **refusals},
    }


def _bounds(limits: Limits) -> str:
    return (
        f"At most {limits.max_instances} photos of {limits.max_image_bytes:,} bytes each, in a body of"
        f" {limits.max_body_bytes:,}. A body may be compressed: content-encoding: gzip."
    )


def _answer(content: dict[str, Any]) -> dict[str, Any]:
    return {"description": "The answers", "headers": {"server-timing": SERVER_TIMING}, "content": content}
