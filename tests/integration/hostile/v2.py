"""Hostile bodies of the other protocol."""

import json
import struct

from tests.integration.hostile.case import GOOD_JPEG, GOOD_TEXT, SECRET, Hostile
from tests.integration.raw import INFER, post, request


def v2_bodies() -> list[Hostile]:
    """The other protocol."""

    def tensor(**changes: object) -> dict:
        return {"inputs": [{"name": SECRET, "shape": [1], "datatype": "BYTES", "data": [GOOD_TEXT], **changes}]}

    def binary(data: bytes, length: str | None = None, **parameters: object) -> bytes:
        text = json.dumps(
            {"inputs": [{"name": SECRET, "shape": [1], "datatype": "BYTES", "parameters": parameters}]}
        ).encode()
        named = f"Inference-Header-Content-Length: {len(text) if length is None else length}"
        return request("POST", INFER, text + data, named, "Content-Type: application/octet-stream")

    bodies: dict[str, object] = {
        "list": [],
        "no inputs": {},
        "inputs object": {"inputs": {}},
        "input null": {"inputs": [None]},
        "two inputs": {"inputs": tensor()["inputs"] * 2},
        "ten thousand inputs": {"inputs": tensor(data=[])["inputs"] * 10_000},
        "no datatype": tensor(datatype=None),
        "odd datatype": tensor(datatype=SECRET),
        "numbers": tensor(datatype="FP32", data=[1.5]),
        "half floats": tensor(datatype="FP16", data=[1.5]),
        "shape too large": tensor(shape=[2**62, 2**62]),
        "shape negative": tensor(shape=[-1]),
        "shape of floats": tensor(shape=[1.0]),
        "shape of many ones": tensor(shape=[1] * 100_000),
        "shape nested": tensor(shape=[[1]]),
        "shape true": tensor(shape=[True]),
        "shape text": tensor(shape=SECRET),
        "no shape": tensor(shape=None),
        "data null": tensor(data=None),
        "data text": tensor(data=GOOD_TEXT),
        "data numbers": tensor(data=[7]),
        "data deep": {"inputs": [{**tensor()["inputs"][0], "data": json.loads("[" * 400 + "]" * 400)}]},
        "data wide and deep": tensor(data=[[[[GOOD_TEXT[:100]] * 50] * 50] * 50]),
        "data huge": tensor(data=[0] * 500_000, shape=[500_000]),
        "odd parameters": tensor(parameters=[SECRET]),
        "odd id": {**tensor(), "id": {"s3cr3t": 1}},
        "odd outputs": {**tensor(), "outputs": SECRET},
        "unknown output": {**tensor(), "outputs": [{"name": SECRET}]},
        "unhashable output": {**tensor(), "outputs": [{"name": [SECRET]}]},
        "binary without binary": tensor(data=None, parameters={"binary_data_size": 5}),
    }
    packed = struct.pack("<I", len(GOOD_JPEG)) + GOOD_JPEG
    binaries = {
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
    return [
        *(Hostile(f"V2: {name}", (post(body, INFER),)) for name, body in bodies.items()),
        *(Hostile(f"V2 binary: {name}", (whole,)) for name, whole in binaries.items()),
        Hostile("V2: NaN", (request("POST", INFER, b'{"inputs": [{"shape": [NaN]}]}'),)),
        Hostile("V2: deep", (request("POST", INFER, b'{"inputs":' + b"[" * 100_000),)),
        Hostile("V2: other model", (post(tensor(), f"/v2/models/{SECRET}/infer"),), frozenset({404})),
        Hostile("V2: other version", (post(tensor(), f"/v2/models/catdog/versions/{SECRET}/infer"),), frozenset({404})),
    ]
