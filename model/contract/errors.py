"""Errors that a command or a server explains in one sentence."""

from collections.abc import Sequence


class Mistake(Exception):
    """A command or a server cannot go on; the message says why, and what to do about it where that is known."""


class BadImage(ValueError):
    """The bytes are not a photo that can be used; the message says why, in one sentence."""


class TooLarge(BadImage):
    """The photo asks for more than its bounds allow, so it was not decoded."""


def some(texts: Sequence[str], shown: int = 10) -> str:
    """The first of many names or phrases, for a sentence, and how many more there are."""
    return ", ".join(texts[:shown]) + (f" and {len(texts) - shown:,} more" if len(texts) > shown else "")
