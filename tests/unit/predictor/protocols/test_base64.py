import pytest

from predictor.errors import Refused
from predictor.limits import Limits
from predictor.protocols.base64 import decode_base64

LIMITS = Limits(max_image_bytes=6)


@pytest.mark.parametrize(("text", "data"), [("Y2F0ZG9n", b"catdog"), ("", b""), ("YQ==", b"a")])
def test_base64(text: str, data: bytes) -> None:
    assert decode_base64(text, "it", LIMITS) == data


@pytest.mark.parametrize("text", ["Y2F0Z", "Y2F0-_8=", "Y2 0", "Y\n2F0", "=", "\u732b\u732b\u732b\u732b"])
def test_not_base64(text: str) -> None:
    with pytest.raises(Refused, match="it is not base64"):
        decode_base64(text, "it", LIMITS)


def test_too_large() -> None:
    with pytest.raises(Refused, match="it has more than the limit of 6 bytes"):
        decode_base64("Y2F0ZG9nY2F0", "it", LIMITS)
