"""Why a request is not answered."""

from collections.abc import Iterable

OVERLOADED = "the server is full: try again in a second"
CLOSING = "the server ends before the body has arrived: send it again"
NO_KEY = "predictions need a key here: send a valid one in the header authorization: Bearer KEY"
SERVER_FAILED = "the server failed; its log says why"
NO_LOADING = "models are not loaded or unloaded over the network: roll out a commit instead"


class Refused(Exception):
    """The request gets an error status and one sentence, which repeats nothing that the client sent.

    Args:
        status: of HTTP; gRPC translates it (see grpc_server.py). 499 means that the client left.
        sentence: says what is wrong.
        headers: further headers of the HTTP response.
    """

    def __init__(self, status: int, sentence: str, headers: Iterable[tuple[bytes, bytes]] = ()):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = [*headers]
