import gzip

import pytest

from predictor.errors import Refused
from predictor.protocols.coding import plain_body

BODY = b'{"instances": []}' * 10
PACKED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("body", "coding"), [(BODY, b""), (BODY, b"identity"), (PACKED, b"gzip"), (PACKED, b" X-GZip")]
)
def test_codings(body: bytes, coding: bytes) -> None:
    assert plain_body(body, coding, len(BODY)) == BODY


@pytest.mark.parametrize(
    ("body", "coding", "status", "sentence"),
    [
        (PACKED, b"br", 415, "is not gzip"),
        (PACKED, b"gzip, gzip", 415, "is not gzip"),
        (BODY, b"gzip", 400, "not gzip, or it is damaged"),
        (b"", b"gzip", 400, "cut short"),
        (PACKED[:-1], b"gzip", 400, "cut short"),
        (PACKED[:-8] + b"\0" * 8, b"gzip", 400, "damaged"),
        (PACKED * 2, b"gzip", 400, "something comes behind"),
        (gzip.compress(BODY + b".", mtime=0), b"gzip", 413, "more than the limit of 170 bytes when it is decompressed"),
        (gzip.compress(b"\0" * 2**24, mtime=0), b"gzip", 413, "more than the limit"),
    ],
)
def test_refusals(body: bytes, coding: bytes, status: int, sentence: str) -> None:
    with pytest.raises(Refused) as raised:
        plain_body(body, coding, len(BODY))
    assert raised.value.status == status
    assert sentence in raised.value.sentence
    assert raised.value.headers == ([(b"accept-encoding", b"gzip")] if status == 415 else [])
