"""Request bodies, bounded in size and time."""

import asyncio
from dataclasses import dataclass

from predictor.errors import OVERLOADED, Refused
from predictor.exchange import Message, Receive
from predictor.limits import Limits

DISCARD_FACTOR = 4  # so many times the limit is read and dropped, so that the client gets to see the answer


@dataclass(slots=True)
class Held:
    """Bytes of request bodies in memory, those that are still arriving included."""

    bytes: int = 0


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], limits: Limits, held: Held, is_full: bool = False
) -> bytes:
    """Reads a whole body.

    A body that will be refused is read and dropped: closing the connection on a client that is still sending would
    lose the answer.

    Raises:
        Refused: 413 too large, 408 too slow, 503 server full, 499 the client left, 400 the body got lost.
    """
    limit = limits.max_body_bytes
    declared = headers.get(b"content-length", b"0")
    is_large = declared.isdigit() and int(declared) > limit
    chunks: list[bytes] = []
    size = kept = 0
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
                    held.bytes -= kept
                    kept = 0
                else:
                    chunks.append(chunk)
                    held.bytes += len(chunk)
                    kept += len(chunk)
                    is_full = size > 0 and held.bytes - kept >= limits.max_held_bytes
                if not message.get("more_body") or size > DISCARD_FACTOR * limit:
                    break
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.body_timeout:g} seconds") from None
    finally:
        held.bytes -= kept
    if is_large:
        raise Refused(413, f"the body is larger than the limit of {limit:,} bytes")
    if not size and declared != b"0":  # uvicorn drops the body of a request that asks for an upgrade
        raise Refused(400, "the body got lost: send it without an Upgrade header", [(b"connection", b"close")])
    if is_full:
        raise Refused(503, OVERLOADED)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive function that gives the body first, and then whatever comes."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
