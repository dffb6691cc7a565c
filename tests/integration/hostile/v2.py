"""Hostile bodies of the V2 protocol."""

import json
import struct

from model.settings import NAME
from tests.integration.hostile.case import GOOD_JPEG, GOOD_TEXT, SECRET, Hostile
from tests.integration.raw import INFER, post, request


def tensor(**changes: object) -> dict[str, object]:
    return {"name": SECRET, "shape": [1], "datatype": "BYTES", "data": [GOOD_TEXT], **changes}


def inputs(**changes: object) -> dict[str, object]:
    """A request with one good tensor, with some changes."""
    return {"inputs": [tensor(**changes)]}


def binary(data: bytes, length: str | None = None, **parameters: object) -> bytes:
    """A request with a binary tensor; `length` is what the header gives as the length of the JSON."""
    described = {"name": SECRET, "shape": [1], "datatype": "BYTES", "parameters": parameters}
    text = json.dumps({"inputs": [described]}).encode()
    named = f"Inference-Header-Content-Length: {len(text) if length is None else length}"
    return request("POST", INFER, text + data, named, "Content-Type: application/octet-stream")


def wrong_json() -> dict[str, object]:
    return {
        "list": [],
        "no inputs": {},
        "inputs object": {"inputs": {}},
        "input null": {"inputs": [None]},
        "two inputs": {"inputs": [tensor()] * 2},
        "ten thousand inputs": {"inputs": [tensor(data=[])] * 10_000},
        "no datatype": inputs(datatype=None),
        "odd datatype": inputs(datatype=SECRET),
        "numbers": inputs(datatype="FP32", data=[1.5]),
        "half floats": inputs(datatype="FP16", data=[1.5]),
        "shape too large": inputs(shape=[2**62, 2**62]),
        "shape negative": inputs(shape=[-1]),
        "shape of floats": inputs(shape=[1.0]),
        "shape of many ones": inputs(shape=[1] * 100_000),
        "shape nested": inputs(shape=[[1]]),
        "shape true": inputs(shape=[True]),
        "shape text": inputs(shape=SECRET),
        "no shape": inputs(shape=None),
        "data null": inputs(data=None),
        "data text": inputs(data=GOOD_TEXT),
        "data numbers": inputs(data=[7]),
        "data deep": inputs(data=json.loads("[" * 400 + "]" * 400)),
        "data wide and deep": inputs(data=[[[[GOOD_TEXT[:100]] * 50] * 50] * 50]),
        "data huge": inputs(data=[0] * 500_000, shape=[500_000]),
        "odd parameters": inputs(parameters=[SECRET]),
        "odd id": {**inputs(), "id": {"s3cr3t": 1}},
        "odd outputs": {**inputs(), "outputs": SECRET},
        "unknown output": {**inputs(), "outputs": [{"name": SECRET}]},
        "unhashable output": {**inputs(), "outputs": [{"name": [SECRET]}]},
        "binary without binary": inputs(data=None, parameters={"binary_data_size": 5}),
    }


def wrong_binary() -> dict[str, bytes]:
    packed = struct.pack("<I", len(GOOD_JPEG)) + GOOD_JPEG
    return {
        "element longer than all": binary(b"\xff\xff\xff\xff" + GOOD_JPEG, binary_data_size=len(GOOD_JPEG) + 4),
        "size negative": binary(packed, binary_data_size=-1),
        "size too large": binary(packed, binary_data_size=10**12),
        "size too small": binary(packed, binary_data_size=1),
        "size text": binary(packed, binary_data_size=SECRET),
        "size missing": binary(packed),
        "size of nothing": binary(b"", binary_data_size=0),
        "many empty elements": binary(bytes(400_000), binary_data_size=400_000),
        "length negative": binary(packed, "-5", binary_data_size=len(packed)),
        "length text": binary(packed, SECRET, binary_data_size=len(packed)),
        "length too large": binary(packed, "9" * 30, binary_data_size=len(packed)),
        "length empty": binary(packed, "", binary_data_size=len(packed)),
        "length of all": binary(packed, str(len(packed)), binary_data_size=len(packed)),
    }


def v2_bodies() -> list[Hostile]:
    """All of them."""
    return [
        *(Hostile(f"V2: {name}", (post(body, INFER),)) for name, body in wrong_json().items()),
        *(Hostile(f"V2 binary: {name}", (whole,)) for name, whole in wrong_binary().items()),
        Hostile("V2: NaN", (request("POST", INFER, b'{"inputs": [{"shape": [NaN]}]}'),)),
        Hostile("V2: deep", (request("POST", INFER, b'{"inputs":' + b"[" * 100_000),)),
        Hostile("V2: other model", (post(inputs(), f"/v2/models/{SECRET}/infer"),), frozenset({404})),
        Hostile("V2: other version", (post(inputs(), f"/v2/models/{NAME}/versions/{SECRET}/infer"),), frozenset({404})),
    ]
