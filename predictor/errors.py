"""Why a request is not answered."""

from collections.abc import Iterable

OVERLOADED = "the server is full: try again in a second"


class Refused(Exception):
    """The request gets an error status and one sentence; nothing that the client sent stands in the sentence."""

    def __init__(self, status: int, sentence: str, headers: Iterable[tuple[bytes, bytes]] = ()):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = [*headers]
