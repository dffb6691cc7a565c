"""Request bodies, bounded in size and time."""

import asyncio

from predictor.engine.admission import Reservation
from predictor.errors import OVERLOADED, Refused
from predictor.http.exchange import Message, Receive
from predictor.limits import Limits

DISCARD_FACTOR = 4  # this many times the limit is read and discarded, so that the client gets to see the response


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], limits: Limits, reservation: Reservation, is_full: bool = False
) -> bytes:
    """Reads a whole body, whose bytes `reservation` counts as they arrive; the caller frees them.

    A body that will be refused, for its size or because the server `is_full`, is read and discarded: closing the
    connection on a client that is still sending would lose the response.

    Raises:
        Refused: 413 too large, 408 too slow, 503 server full, 499 the client left, 400 the body was dropped.
    """
    declared = headers.get(b"content-length", b"0")
    body = _Body(limits.max_body_bytes, reservation, is_full)
    body.is_large = declared.isdigit() and int(declared) > limits.max_body_bytes
    try:
        async with asyncio.timeout(limits.body_timeout):
            while body.take(await receive()):
                pass
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.body_timeout:g} seconds") from None
    if body.is_large:
        raise Refused(413, f"the body is larger than the limit of {limits.max_body_bytes:,} bytes")
    if not body.size and declared != b"0":  # uvicorn drops the body of a request that asks for an upgrade
        raise Refused(400, "the body got lost: send it without an Upgrade header", [(b"connection", b"close")])
    if body.is_full:
        raise Refused(503, OVERLOADED)
    return b"".join(body.chunks) if len(body.chunks) != 1 else body.chunks[0]


class _Body:
    """A body that arrives: kept while it is neither too large nor the server full, else only counted."""

    def __init__(self, limit: int, reservation: Reservation, is_full: bool):
        self.limit, self.reservation = limit, reservation
        self.is_full, self.is_large = is_full, False
        self.chunks: list[bytes] = []
        self.size = 0

    def take(self, message: Message) -> bool:
        """Takes the next message of ASGI; whether to ask for another one. Raises Refused (499) if the client left."""
        if message["type"] == "http.disconnect":
            raise Refused(499, "the client has left")
        chunk = message.get("body", b"")
        self.size += len(chunk)
        self.is_large = self.is_large or self.size > self.limit
        if self.is_large or self.is_full:
            self.chunks.clear()
            self.reservation.release()
        else:
            self.chunks.append(chunk)
            self.reservation.hold(len(chunk))
            self.is_full = self.size > 0 and not self.reservation.has_room
        return bool(message.get("more_body")) and self.size <= DISCARD_FACTOR * self.limit


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive function of ASGI that gives the body first, and then what `receive` gives."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
