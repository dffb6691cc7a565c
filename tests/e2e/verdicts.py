"""What every bad commit must come to."""

from collections.abc import Iterator
from contextlib import contextmanager

from .delivery import Delivery

RED_SECONDS = 90


@contextmanager
def red_then_green(delivery: Delivery, commit: str, reason: str, seconds: float = RED_SECONDS) -> Iterator[None]:
    """The commit is red for this reason while the block runs; its revert is green afterwards.

    Args:
        delivery: the clone whose newest commit it is.
        commit: what is bad.
        reason: words of the verdict's text; with | between them, one of them is enough.
        seconds: until there must be a verdict.
    """
    verdict = delivery.verdict(commit, timeout=seconds)
    try:
        assert verdict.color == "red", verdict.text
        found = any(part in verdict.text for part in reason.split("|"))
        assert found, f"red, but not because of {reason!r}: {verdict.text}"
        yield
    finally:
        back = delivery.verdict(delivery.revert())
    assert back.color == "green", back.text


def assert_red_then_green(delivery: Delivery, commit: str, reason: str, seconds: float = RED_SECONDS) -> None:
    """The commit is red for this reason, and its revert is green."""
    with red_then_green(delivery, commit, reason, seconds):
        pass
