"""Values that were read from JSON, and the types that they should have."""

from typing import Any, NotRequired, TypedDict

import pytest

from model.typed import fits


class Inner(TypedDict):
    figures: dict[str, float]


class Outer(TypedDict):
    size: int
    inner: list[Inner]
    more: NotRequired[list[str]]
    anything: dict[str, Any]


RIGHT: dict[str, object] = {"size": 1, "inner": [{"figures": {"a": 1, "b": 0.5}}], "anything": {"a": [None]}}


@pytest.mark.parametrize("more", [{}, {"more": ["a"]}, {"unknown": 1}, {"inner": []}])
def test_what_fits(more: dict[str, object]) -> None:
    assert fits(RIGHT | more, Outer)


@pytest.mark.parametrize(
    "more",
    [
        {"size": True}, {"size": 1.0}, {"size": None}, {"inner": {}}, {"inner": [{}]}, {"more": "a"}, {"more": None},
        {"inner": [{"figures": {"a": "1"}}]}, {"inner": [{"figures": [1]}]}, {"anything": []},
    ],
)  # fmt: skip
def test_what_does_not(more: dict[str, object]) -> None:
    assert not fits(RIGHT | more, Outer)
    assert not fits([RIGHT], Outer)
    assert not fits({"size": 1}, Outer)
