"""JSON that is small as text and large as objects."""

import tracemalloc

import pytest

from predictor.errors import Refused
from predictor.protocols.json_body import MOST_VALUES, SMALL_BYTES, parse_json

EXPECTED = "the body must be a list"


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1.5", b"[[[[]]]]", b'{"a":[]}'])
def test_a_body_of_too_many_values_is_refused_before_it_is_parsed(value: bytes) -> None:
    text = b"[" + b",".join([value] * (16 * 2**20 // (len(value) + 1))) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match=f"more than {MOST_VALUES:,} values; {EXPECTED}") as raised:
            parse_json(text, EXPECTED)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert raised.value.status == 400


def test_large_photos_are_few_values() -> None:
    text = b'["' + b'","'.join([b"A" * (SMALL_BYTES // 8)] * 32) + b'"]'
    parsed = parse_json(text, EXPECTED)
    assert isinstance(parsed, list)
    assert len(parsed) == 32


def test_a_small_body_may_have_any_number_of_values() -> None:
    text = b"[" + b"0," * (SMALL_BYTES // 2 - 2) + b"0]"
    parsed = parse_json(text, EXPECTED)
    assert isinstance(parsed, list)
    assert len(parsed) > MOST_VALUES


@pytest.mark.parametrize("text", [b"", b"[", b"[" * 2000 + b"]" * 2000, b"\xff"])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(Refused, match=f"not JSON; {EXPECTED}"):
        parse_json(text, EXPECTED)
