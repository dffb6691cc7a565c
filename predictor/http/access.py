"""Who may ask: a handler that answers only those who have a key."""

from collections.abc import Awaitable, Callable

from predictor.engine.admission import Admission
from predictor.http.body import Bodies
from predictor.http.exchange import Exchange
from predictor.keys import Keys

Handler = Callable[[Exchange], Awaitable[None]]


def with_key(handle: Handler, keys: Keys | None, admission: Admission, bodies: Bodies) -> Handler:
    """The handler itself where anybody may ask; else one that keeps nothing of a body which comes without a key.

    Args:
        handle: answers those who have one.
        keys: None where anybody may ask.
        admission: counts what arrives.
        bodies: reads what comes without a key, so that the connection can be used again.
    """
    if keys is None:
        return handle

    async def check_and_handle(exchange: Exchange) -> None:
        if refusal := keys.refusal(exchange.headers.get(b"authorization", b"")):
            with admission.reserve() as reservation:
                await bodies.read(exchange.cycle, exchange.headers, reservation, refusal)
        await handle(exchange)

    return check_and_handle
