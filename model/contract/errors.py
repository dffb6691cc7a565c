"""Errors that a command or a server explains in one sentence."""


class Mistake(Exception):
    """Something that the person at the keyboard can put right; the message says what and how."""
