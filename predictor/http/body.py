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
    limit = limits.max_body_bytes
    declared = headers.get(b"content-length", b"0")
    is_large = declared.isdigit() and int(declared) > limit
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_timeout):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(499, "the client has left")
                chunk = message.get("body", b"")
                size += len(chunk)
                is_large = is_large or size > limit
                if is_large or is_full:
                    chunks.clear()
                    reservation.release()
                else:
                    chunks.append(chunk)
                    reservation.hold(len(chunk))
                    is_full = size > 0 and not reservation.has_room
                if not message.get("more_body") or size > DISCARD_FACTOR * limit:
                    break
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.body_timeout:g} seconds") from None
    if is_large:
        raise Refused(413, f"the body is larger than the limit of {limit:,} bytes")
    if not size and declared != b"0":  # uvicorn drops the body of a request that asks for an upgrade
        raise Refused(400, "the body got lost: send it without an Upgrade header", [(b"connection", b"close")])
    if is_full:
        raise Refused(503, OVERLOADED)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


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
