import json

import numpy as np
import pytest

from predictor.answer import make_answer
from predictor.errors import Refused
from predictor.limits import Limits
from predictor.v1 import decode_base64, predictions, read_images

LIMITS = Limits(max_instances=3, max_image_bytes=6)


@pytest.mark.parametrize("instance", [{"image": {"b64": "Y2F0"}}, {"b64": "Y2F0"}, {"image": "Y2F0"}, "Y2F0"])
def test_forms(instance: object) -> None:
    assert read_images(json.dumps({"instances": [instance, "ZG9n"]}).encode(), LIMITS) == [b"cat", b"dog"]


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
        read_images(body, LIMITS)
    assert raised.value.status == 400
    assert raised.value.sentence.startswith(sentence)


@pytest.mark.parametrize(("text", "data"), [("Y2F0ZG9n", b"catdog"), ("", b""), ("YQ==", b"a")])
def test_base64(text: str, data: bytes) -> None:
    assert decode_base64(text, "it", LIMITS) == data


@pytest.mark.parametrize("text", ["Y2F0Z", "Y2F0-_8=", "Y2 0", "Y\n2F0", "=", "\u732b\u732b\u732b\u732b"])
def test_not_base64(text: str) -> None:
    with pytest.raises(Refused, match="it is not base64"):
        decode_base64(text, "it", LIMITS)


def test_predictions() -> None:
    answer = make_answer(np.array([[0.25, 0.75], [1.0, 0.0]], np.float32), [(4, 3), (1, 1)], [1.0, 2.0], 0.1)
    assert predictions(answer) == [
        {"label": "dog", "confidence": 0.75, "probabilities": {"cat": 0.25, "dog": 0.75}},
        {"label": "cat", "confidence": 1.0, "probabilities": {"cat": 1.0, "dog": 0.0}},
    ]
