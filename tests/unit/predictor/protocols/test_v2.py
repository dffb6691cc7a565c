"""V2 over HTTP: which outputs come back, and how."""

import json

import numpy as np
import pytest

from predictor.engine.answer import make_answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import HTTPRequest
from predictor.protocols.v2 import JSON_LENGTH, V2

CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")
LIMITS = Limits(max_instances=3, max_image_bytes=6)
ANSWER = make_answer(CLASSES, np.array([[0.25, 0.75], [1.0, 0.0]], np.float32), [(4, 3), (1, 1)], [1.0, 2.0], 0.1)
LABEL = {"name": "label", "shape": [2], "datatype": "BYTES"}
PROBABILITIES = {"name": "probabilities", "shape": [2, 2], "datatype": "FP32"}
LABEL_BYTES = b"\3\0\0\0dog\3\0\0\0cat"


def v2(request: object, tensor: bytes | None = None) -> V2:
    text = json.dumps(request).encode()
    headers = {} if tensor is None else {JSON_LENGTH: str(len(text)).encode()}
    return V2(HTTPRequest(text + (tensor or b""), headers, "an id"), IDENTITY, LIMITS)


def with_input(data: object = ("Y2F0", "ZG9n"), **more: object) -> dict[str, object]:
    return {"inputs": [{"name": "image", "shape": [2], "datatype": "BYTES", "data": data}], **more}


def test_json() -> None:
    protocol = v2(with_input())
    assert protocol.decode() == [b"cat", b"dog"]
    response = protocol.encode(ANSWER)
    assert (response.content_type, response.headers) == (b"application/json", ())
    assert json.loads(response.body) == {
        "model_name": "catdog",
        "model_version": "456def",
        "outputs": [{**LABEL, "data": ["dog", "cat"]}, {**PROBABILITIES, "data": [0.25, 0.75, 1.0, 0.0]}],
        "id": "an id",
    }


def test_binary_tensors() -> None:
    tensor = b"\3\0\0\0cat\3\0\0\0dog"
    image = {"name": "image", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(tensor)}}
    protocol = v2({"inputs": [image], "parameters": {"binary_data_output": True}, "id": "mine"}, tensor)
    assert protocol.decode() == [b"cat", b"dog"]
    response = protocol.encode(ANSWER)
    length = int(dict(response.headers)[JSON_LENGTH])
    content = json.loads(response.body[:length])
    assert response.content_type == b"application/octet-stream"
    assert response.body[length:] == LABEL_BYTES + ANSWER.probabilities.tobytes()
    assert [output["parameters"]["binary_data_size"] for output in content["outputs"]] == [14, 16]
    assert content["id"] == "mine"


def test_wanted_outputs() -> None:
    wanted = [{"name": "probabilities"}, {"name": "label", "parameters": {"binary_data": True}}]
    protocol = v2(with_input(outputs=wanted))
    protocol.decode()
    response = protocol.encode(ANSWER)
    length = int(dict(response.headers)[JSON_LENGTH])
    assert json.loads(response.body[:length])["outputs"] == [
        {**PROBABILITIES, "data": [0.25, 0.75, 1.0, 0.0]},
        {**LABEL, "parameters": {"binary_data_size": 14}},
    ]
    assert response.body[length:] == LABEL_BYTES


def test_unsure_is_an_output_to_ask_for() -> None:
    answer = make_answer(CLASSES, ANSWER.probabilities, ANSWER.sizes, ANSWER.brightness, 0.1, unsure_below=0.8)
    for options, data in (({}, [True, False]), ({"parameters": {"binary_data": True}}, b"\1\0")):
        protocol = v2(with_input(outputs=[{"name": "unsure", **options}]))
        protocol.decode()
        response = protocol.encode(answer)
        length = int(dict(response.headers).get(JSON_LENGTH, len(response.body)))
        (output,) = json.loads(response.body[:length])["outputs"]
        assert (output["shape"], output["datatype"]) == ([2], "BOOL")
        assert (output.get("data") or response.body[length:]) == data


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (with_input(outputs=[{"name": "fur"}]), "there is no such output"),
        (with_input(outputs=[7]), "outputs is not a list of objects"),
        (with_input(outputs=[{"name": "label", "parameters": 7}]), "parameters is not an object"),
        (
            with_input(outputs=[{"name": "classes"}]),
            "there is no such output: there are label, probabilities, unsure, and classes",
        ),
        (with_input(parameters={"top_k": 0}), "top_k is not a whole number from 1 to 1,000,000"),
        (with_input(parameters={"top_k": "1"}), "top_k is not a whole number from 1 to 1,000,000"),
        (with_input(parameters=[1]), "parameters is not an object"),
        (with_input(["Y2F0"]), "the input's data does not fit its shape"),
        (with_input(["Y2F0Y2F0Y2F0Y2F0"]), "the input's data does not fit its shape"),
        (with_input(["Y2F0", "Y2F0Y2F0Y2F0Y2F0"]), "element 1 has more than the limit of 6 bytes"),
    ],
)
def test_refusals(request_: object, sentence: str) -> None:
    with pytest.raises(Refused) as raised:
        v2(request_).decode()
    assert raised.value.status == 400
    assert raised.value.sentence.startswith(sentence)


THREE = make_answer(("cat", "dog", "owl"), np.array([[0.25, 0.0, 0.75]], np.float32), [(4, 3)], [1.0], 0.1)


def test_top_k() -> None:
    protocol = v2(with_input(parameters={"top_k": 2}))
    protocol.decode()
    assert json.loads(protocol.encode(THREE).body)["outputs"] == [
        {"name": "label", "shape": [1], "datatype": "BYTES", "data": ["owl"]},
        {"name": "probabilities", "shape": [1, 2], "datatype": "FP32", "data": [0.75, 0.25]},
        {"name": "classes", "shape": [1, 2], "datatype": "BYTES", "data": ["owl", "cat"]},
    ]


def test_top_k_in_binary_tensors() -> None:
    wanted = [{"name": "classes", "parameters": {"binary_data": True}}]
    protocol = v2(with_input(parameters={"top_k": 9}, outputs=wanted))
    protocol.decode()
    response = protocol.encode(THREE)
    length = int(dict(response.headers)[JSON_LENGTH])
    (output,) = json.loads(response.body[:length])["outputs"]
    assert output["shape"] == [1, 3]
    assert response.body[length:] == b"\3\0\0\0owl\3\0\0\0cat\3\0\0\0dog"
