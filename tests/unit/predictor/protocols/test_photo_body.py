import pytest
import requests

from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.photo_body import v1_protocol
from predictor.protocols.protocol import HTTPProtocol, HTTPRequest

LIMITS = Limits(max_instances=2, max_image_bytes=6, max_body_bytes=500)
FORM = b"multipart/form-data; boundary=x"


def protocol(body: bytes, content_type: bytes) -> HTTPProtocol:
    return v1_protocol(HTTPRequest(body, {b"content-type": content_type}, "an id"), Identity("m", "r", "v"), LIMITS)


def form(*files: tuple[str, tuple[str | None, bytes]]) -> tuple[bytes, bytes]:
    """A body and its content type, as a client's library makes them."""
    request = requests.Request("POST", "http://localhost", files=files).prepare()
    assert isinstance(request.body, bytes)
    return request.body, request.headers["content-type"].encode()


@pytest.mark.parametrize(
    "content_type", [b"image/jpeg", b"IMAGE/PNG", b"image/x-unknown; q=1", b"application/octet-stream"]
)
def test_a_photo(content_type: bytes) -> None:
    assert protocol(b"\xff\xd8", content_type).decode() == [b"\xff\xd8"]


def test_files_of_a_form() -> None:
    body, content_type = form(("file", ("a.jpg", b"\r\n--\r\n")), ("other", ("a.jpg", b"")), ("top_k", (None, b"1")))
    several = protocol(body, content_type)
    assert several.decode() == [b"\r\n--\r\n", b""]
    assert several.decode() == [b"\r\n--\r\n", b""]  # photos that are kept are decoded again
    assert vars(several)["top_k"] == 1


@pytest.mark.parametrize("content_type", [b"", b"application/json", b"text/plain", b"multipart/mixed; boundary=x"])
def test_everything_else_is_json(content_type: bytes) -> None:
    assert protocol(b'{"instances": ["Y2F0"]}', content_type).decode() == [b"cat"]


def part(head: bytes, content: bytes = b"cat", end: bytes = b"--") -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n--x" + end + b"\r\n"


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        (b"1234567", b"image/png", "instance 0 has more than the limit of 6 bytes"),
        (form(("a", ("a", b"")), ("a", ("a", b"1234567")))[0], b"", "instance 1 has more than the limit of 6 bytes"),
        (form(*[("a", ("a", b""))] * 3)[0], b"", "the form has more files than the limit of 2"),
        (
            form(*[(f"a{i}", (None, b"1")) for i in range(3)])[0],
            b"",
            "the form has more than 2 parts that are no files",
        ),
        (form(("top_k", (None, b"1")))[0], b"", "the form has no file"),
        (form(("a", ("a", b"")), ("top_k", (None, b"0")))[0], b"", "top_k is not a whole number"),
        (form(("a", ("a", b"")), ("top_k", (None, "²".encode())))[0], b"", "top_k is not a whole number"),
        (form(("a", ("a", b"")), ("b", (None, b"1")))[0], b"", "the form has a part that is neither"),
        (b"", FORM, "the form is cut short"),
        (b"cat", FORM, "the body is not a form"),
        (part(b'name="a"; filename="a"', end=b""), FORM, "the form is cut short"),
        (part(b'filename="a"'), FORM, "the body is not a form"),
        (part(b'name="a"; filename="a"\r\nContent-Transfer-Encoding: x'), FORM, "the body is not a form"),
        (
            part(b'name="a"; filename="a"\r\nContent-Transfer-Encoding: base64', b"Y2F0Y"),
            FORM,
            "the body is not a form",
        ),
        (b"", b"multipart/form-data", "the body is not a form"),
        (b"", b"multipart/form-data; boundary=", "the body is not a form"),
        (b"", b"multipart/form-data; boundary=" + b"x" * 300, "the body is not a form"),
    ],
)
def test_refusals(body: bytes, content_type: bytes, sentence: str) -> None:
    content_type = content_type or b"multipart/form-data; boundary=" + body[2 : body.index(b"\r\n")]
    with pytest.raises(Refused) as raised:
        protocol(body, content_type).decode()
    assert raised.value.status == 400
    assert raised.value.sentence.startswith(sentence)
