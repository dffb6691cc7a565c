import json

import numpy as np
import pytest

from predictor.engine.answer import make_answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import HTTPRequest
from predictor.protocols.v1 import V1

CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")
BAD_TOP_K = (b"0", b"-1", b"1.5", b"1000001", b'"5"', b"true", b"[]", b"{}", b"1e30", b"99999999999999999999")
TOP_K = "top_k is not a whole number from 1 to 1,000,000"
LIMITS = Limits(max_instances=3, max_image_bytes=6)


def v1(body: bytes) -> V1:
    return V1(HTTPRequest(body, {}, "an id"), IDENTITY, LIMITS)


@pytest.mark.parametrize("instance", [{"image": {"b64": "Y2F0"}}, {"b64": "Y2F0"}, {"image": "Y2F0"}, "Y2F0"])
def test_forms(instance: object) -> None:
    assert v1(json.dumps({"instances": [instance, "ZG9n"]}).encode()).decode() == [b"cat", b"dog"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is not JSON"),
        (b"[]", "the body must be"),
        (b'{"instances": 7}', "the body must be"),
        (b'{"instances": []}', "instances is empty"),
        (b'{"instances": ["", "", "", ""]}', "4 instances are more than the limit of 3"),
        (b'{"instances": ["Y2F0", null]}', "instance 1 is not"),
        (b'{"instances": [{"image": {"image": "Y2F0"}}]}', "instance 0 is not"),
        (b'{"instances": ["Y"]}', "instance 0 is base64 that is cut short"),
        (b'{"instances": ["Y2F0"], "parameters": 7}', "parameters is not an object"),
        (b'{"instances": ["Y2F0"], "parameters": []}', "parameters is not an object"),
        *((b'{"instances": ["Y2F0"], "parameters": {"top_k": %s}}' % bad, TOP_K) for bad in BAD_TOP_K),
        (b'{"instances": ["Y2F0Y2F0Y2F0Y2F0"]}', "instance 0 has more than the limit of 6 bytes"),
    ],
)
def test_refusals(body: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as raised:
        v1(body).decode()
    assert raised.value.status == 400
    assert raised.value.sentence.startswith(sentence)


def test_predictions() -> None:
    answer = make_answer(
        CLASSES, np.array([[0.25, 0.75], [1.0, 0.0]], np.float32), [(4, 3), (1, 1)], [1.0, 2.0], 0.1, 0.8, 0.0123
    )
    response = v1(b"").encode(answer)
    assert json.loads(response.body) == {
        "predictions": [
            {"label": "dog", "confidence": 0.75, "unsure": True, "probabilities": {"cat": 0.25, "dog": 0.75}},
            {"label": "cat", "confidence": 1.0, "unsure": False, "probabilities": {"cat": 1.0, "dog": 0.0}},
        ],
        "revision": "0123abc",
        "model_version": "456def",
        "inference_ms": 12.3,
    }
    assert (response.content_type, response.headers) == (b"application/json", ())


@pytest.mark.parametrize(
    ("top_k", "expected"),
    [
        (b"1", [{"owl": 0.5}, {"cat": 0.4}]),
        (b"2.0", [{"owl": 0.5, "dog": 0.3}, {"cat": 0.4, "dog": 0.4}]),
        (b"9", [{"owl": 0.5, "dog": 0.3, "cat": 0.2}, {"cat": 0.4, "dog": 0.4, "owl": 0.2}]),
        (b"null", [{"cat": 0.2, "dog": 0.3, "owl": 0.5}, {"cat": 0.4, "dog": 0.4, "owl": 0.2}]),
    ],
)
def test_top_k(top_k: bytes, expected: list[dict[str, float]]) -> None:
    protocol = v1(b'{"instances": ["Y2F0"], "parameters": {"top_k": %s, "x": 1}}' % top_k)
    assert protocol.decode() == [b"cat"]
    probabilities = np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2]], np.float32)
    answer = make_answer(("cat", "dog", "owl"), probabilities, [(4, 3)] * 2, [1.0] * 2, 0.1)
    predictions = json.loads(protocol.encode(answer).body)["predictions"]
    assert [list(prediction["probabilities"].items()) for prediction in predictions] == [
        list(each.items()) for each in expected
    ]
    assert [(prediction["label"], prediction["confidence"]) for prediction in predictions] == [
        ("owl", 0.5),
        ("cat", 0.4),
    ]
