import pytest

from predictor.errors import Refused
from predictor.limits import Limits
from predictor.protocols.base64 import decode_base64

LIMITS = Limits(max_image_bytes=6)


@pytest.mark.parametrize(("text", "data"), [("Y2F0ZG9n", b"catdog"), ("", b""), ("YQ==", b"a")])
def test_base64(text: str, data: bytes) -> None:
    assert decode_base64(text, "it", LIMITS) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Y2F0\nZG9n\r\n", b"catdog"),
        (" Y2F0 ", b"cat"),
        ("YQ", b"a"),
        ("Y2F-_w==", b"ca~\xff"),
        ("Y2F-_w", b"ca~\xff"),
        ("data:image/jpeg;base64,Y2F0", b"cat"),
        ("DATA:;BASE64,YQ", b"a"),
    ],
)
def test_other_forms(text: str, data: bytes) -> None:
    assert decode_base64(text, "it", Limits(max_image_bytes=100)) == data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Y2F0Z", "it is base64 that is cut short"),
        ("Y=2F0", "it is not base64"),
        ("Y2F0Z===", "it is not base64"),
        ("=", "it is not base64"),
        ("YQ=", "it is not base64"),
        ("\u732b\u732b\u732b\u732b", "it is not base64"),
        ("http://a/b.jpg", "it is not base64"),
        ("data:image/png,Y2F0", "it is a data URI that is not base64"),
        ("data:image/png;base64", "it is a data URI that is not base64"),
    ],
)
def test_refusals(text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        decode_base64(text, "it", Limits(max_image_bytes=100))


def test_too_large() -> None:
    with pytest.raises(Refused, match="it has more than the limit of 6 bytes"):
        decode_base64("Y2F0ZG9nY2F0", "it", LIMITS)
