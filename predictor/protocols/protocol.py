"""What every protocol does: photos out of a request, a response out of an answer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from predictor.engine.answer import Answer
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.coding import plain_body

Response = TypeVar("Response")


class Protocol(ABC, Generic[Response]):
    """One request; made anew for each. What `decode` reads of the wanted response, it keeps for `encode`."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes that the request holds in memory."""

    @abstractmethod
    def decode(self) -> list[bytes]:
        """The encoded photos of the request. Runs in a thread of the engine, and once more where photos are kept.

        Raises:
            Refused: 400, 413 or 415, with a sentence that says what is wrong.
        """

    @abstractmethod
    def encode(self, answer: Answer) -> Response:
        """The response; called on the event loop, after `decode`."""


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """A whole request as it arrived; header names are in lower case."""

    body: bytes
    headers: dict[bytes, bytes]
    request_id: str


@dataclass(frozen=True, slots=True)
class HTTPResponse:
    """A body of status 200; `headers` are those beside content-type and content-length."""

    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


class HTTPProtocol(Protocol[HTTPResponse]):
    """A protocol over HTTP."""

    def __init__(self, request: HTTPRequest, identity: Identity, limits: Limits):
        self.request, self.identity, self.limits = request, identity, limits

    @property
    def size(self) -> int:
        return len(self.request.body)

    def body(self) -> bytes:
        """The request's body, decompressed where it is compressed.

        Raises:
            Refused: 413, 415 or 400; see plain_body.
        """
        coding = self.request.headers.get(b"content-encoding", b"")
        return plain_body(self.request.body, coding, self.limits.max_body_bytes)
