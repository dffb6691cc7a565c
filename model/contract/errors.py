"""Errors that a command or a server explains in one sentence."""


class Mistake(Exception):
    """A command or a server cannot go on; the message says why, and what to do about it where that is known."""
