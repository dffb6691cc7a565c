"""Request bodies, bounded in size and time."""

import asyncio
from typing import Protocol

from predictor.engine.admission import Reservation
from predictor.errors import CLOSING, OVERLOADED, Refused
from predictor.limits import Limits

DISCARD_FACTOR = 4  # this many times the limit is read and discarded, so that the client gets to see the response


class Incoming(Protocol):
    """A body on its way; see Cycle."""

    more_body: bool

    async def receive(self) -> tuple[bytes | bytearray, bool]:
        """What has come since the last call, and whether more is to come."""


class Bodies:
    """Reads bodies, bounded in size and time.

    Args:
        limits: `max_body_bytes` and `body_timeout` count here.
    """

    def __init__(self, limits: Limits):
        self._limits, self._seconds = limits, limits.body_timeout
        self._timeouts: set[asyncio.Timeout] = set()  # of the bodies that are arriving
        self._is_closing = False

    def hurry(self, seconds: float) -> None:
        """From now on no body takes longer than `seconds`: the server closes."""
        self._is_closing, self._seconds = True, min(seconds, self._seconds)
        latest = asyncio.get_running_loop().time() + self._seconds
        for timeout in self._timeouts:
            timeout.reschedule(min(timeout.when() or latest, latest))

    async def read(
        self, incoming: Incoming, headers: dict[bytes, bytes], reservation: Reservation, refusal: Refused | None = None
    ) -> bytes:
        """Reads a whole body, whose bytes `reservation` counts as they arrive; the caller frees them.

        A body that will be refused, for its size or by the `refusal` that is known already, is read and discarded:
        closing the connection on a client that is still sending would lose the response.

        Raises:
            Refused: the refusal, or 413 too large, 408 too slow, 503 server full or closing, 499 the client left.
        """
        if not incoming.more_body:  # it is here, as most photos are that were made smaller: no timer is needed
            return await self._collect(incoming, headers, reservation, refusal)
        try:
            async with asyncio.timeout(self._seconds) as timeout:
                self._timeouts.add(timeout)
                try:
                    return await self._collect(incoming, headers, reservation, refusal)
                finally:
                    self._timeouts.discard(timeout)
        except TimeoutError:
            if self._is_closing:
                raise Refused(503, CLOSING, [(b"connection", b"close")]) from None
            sentence = f"the body did not arrive within {self._limits.body_timeout:g} seconds"
            raise Refused(408, sentence) from None

    async def _collect(
        self, incoming: Incoming, headers: dict[bytes, bytes], reservation: Reservation, refusal: Refused | None
    ) -> bytes:
        limit = self._limits.max_body_bytes
        declared = headers.get(b"content-length", b"0")
        is_large = declared.isdigit() and int(declared) > limit
        body: bytes | bytearray = b""
        size = 0
        is_whole = False
        while not is_whole and size <= DISCARD_FACTOR * limit:
            piece, more = await incoming.receive()
            is_whole = not more
            size += len(piece)
            is_large = is_large or size > limit
            if is_large or refusal:
                body = b""
                reservation.release()
            else:
                body = _joined(body, piece)
                reservation.hold(len(piece))
                if size > 0 and not reservation.has_room:
                    refusal = Refused(503, OVERLOADED)
        if is_large:
            raise Refused(413, f"the body is larger than the limit of {limit:,} bytes")
        if refusal:
            raise refusal
        return bytes(body)


def _joined(body: bytes | bytearray, piece: bytes | bytearray) -> bytes | bytearray:
    """A body and its next piece; a single piece, as most bodies are, is not copied.

    A list of pieces would take forty times the bytes where each piece is one byte.
    """
    if not body:
        return piece
    whole = body if isinstance(body, bytearray) else bytearray(body)
    whole += piece
    return whole
