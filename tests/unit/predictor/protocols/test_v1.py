import json

import numpy as np
import pytest

from predictor.engine.answer import make_answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import HTTPRequest
from predictor.protocols.v1 import V1

IDENTITY = Identity("catdog", "0123abc", "456def")
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
        (b'{"instances": ["Y2F"]}', "instance 0 is not base64"),
        (b'{"instances": ["Y2F0Y2F0Y2F0Y2F0"]}', "instance 0 has more than the limit of 6 bytes"),
    ],
)
def test_refusals(body: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as raised:
        v1(body).decode()
    assert raised.value.status == 400
    assert raised.value.sentence.startswith(sentence)


def test_predictions() -> None:
    answer = make_answer(np.array([[0.25, 0.75], [1.0, 0.0]], np.float32), [(4, 3), (1, 1)], [1.0, 2.0], 0.1)
    response = v1(b"").encode(answer)
    assert json.loads(response.body) == {
        "predictions": [
            {"label": "dog", "confidence": 0.75, "probabilities": {"cat": 0.25, "dog": 0.75}},
            {"label": "cat", "confidence": 1.0, "probabilities": {"cat": 1.0, "dog": 0.0}},
        ],
        "revision": "0123abc",
        "model_version": "456def",
    }
    assert (response.content_type, response.headers) == (b"application/json", ())
