"""Hooks of schemathesis: what JSON Schema cannot say of a request is made right here, so that valid data is valid.

A photo is a photo, the shape of a tensor fits its data, and binary tensors stand where the header says.
"""

import base64
import json
import struct
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.unit.photos import encoded, landscape

PHOTO = encoded(landscape(8, 6), "PNG")
LENGTH = "Inference-Header-Content-Length"
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "application/octet-stream")

schemathesis.openapi.format("photo", st.just(base64.b64encode(PHOTO).decode()))
schemathesis.openapi.format("binary", st.just(PHOTO))
for content_type in CONTENT_TYPES:
    schemathesis.openapi.media_type(content_type, st.just(PHOTO))


def before_call(context: Any, case: Any, _: Any) -> None:
    is_negative = case.meta is not None and case.meta.generation.mode.is_negative
    if is_negative or not case.path.endswith("/infer"):
        return
    case.headers.pop(LENGTH, None)
    if case.media_type == "application/octet-stream":
        tensor = struct.pack("<I", len(PHOTO)) + PHOTO
        image = {"shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(tensor)}}
        text = json.dumps({"inputs": [image]}).encode()
        case.body, case.headers[LENGTH] = text + tensor, str(len(text))
        return
    for image in case.body["inputs"]:
        image.setdefault("data", [base64.b64encode(PHOTO).decode()])
        image["shape"] = [len(image["data"])]


schemathesis.hook(before_call)
