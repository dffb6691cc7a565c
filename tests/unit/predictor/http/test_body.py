import asyncio

import pytest

from predictor.engine.admission import Admission
from predictor.errors import Refused
from predictor.http.body import DISCARD_FACTOR, Bodies
from predictor.limits import Limits

LIMITS = Limits(max_body_bytes=10, body_timeout=0.05)


class Client:
    """Sends pieces of a body; then it sends nothing more, or leaves."""

    def __init__(self, *pieces: bytes, ends: bool = True, leaves: bool = False):
        self.pieces, self.ends, self.leaves = [*pieces], ends, leaves
        self.more_body = True

    async def receive(self) -> tuple[bytes, bool]:
        if not self.pieces and self.leaves:
            raise Refused(499, "the client has left")
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        self.more_body = bool(self.pieces) or not self.ends
        return piece, self.more_body


def read(client: Client, length: bytes | None = None, refused: Refused | None = None) -> bytes:
    headers = {} if length is None else {b"content-length": length}
    admission = Admission(LIMITS, lambda: 0)
    try:
        with admission.reserve() as reservation:
            body: bytes = asyncio.run(Bodies(LIMITS).read(client, headers, reservation, refused))
            assert reservation.held_bytes == admission.held_bytes == len(body)
            return body
    finally:
        assert admission.held_bytes == 0


def refusal(client: Client, length: bytes | None = None, refused: Refused | None = None) -> Refused:
    with pytest.raises(Refused) as raised:
        read(client, length, refused)
    return raised.value


def test_whole_body() -> None:
    assert read(Client(b"cat"), b"3") == b"cat"
    assert read(Client(b"cat", b"", b"dog")) == b"catdog"
    assert read(Client(b"")) == b""
    assert read(Client(b"0123456789"), b"10") == b"0123456789"


def test_too_large() -> None:
    assert refusal(Client(b"01234567890"), b"11").status == 413
    assert refusal(Client(b"012345", b"678901")).status == 413
    assert refusal(Client(b"0123456789", b"0")).sentence == "the body is larger than the limit of 10 bytes"


def test_large_body_is_read_to_its_end_within_reason() -> None:
    client = Client(*[b"0123456789"] * 3)
    assert refusal(client).status == 413
    assert client.pieces == []
    endless = Client(*[b"0123456789"] * 100)
    assert refusal(endless, b"1000").status == 413
    assert len(endless.pieces) == 100 - DISCARD_FACTOR - 1


def test_too_slow() -> None:
    slow = refusal(Client(b"cat", ends=False))
    assert (slow.status, slow.sentence) == (408, "the body did not arrive within 0.05 seconds")
    assert refusal(Client(ends=False), b"3").status == 408


def test_a_server_that_closes_waits_less() -> None:
    """Also for a body that arrives already."""

    async def close_while_it_arrives() -> Refused:
        bodies = Bodies(Limits(body_timeout=60))
        with Admission(LIMITS, lambda: 0).reserve() as reservation:
            reading = asyncio.create_task(bodies.read(Client(b"cat", ends=False), {}, reservation))
            await asyncio.sleep(0)
            bodies.hurry(0.05)
            with pytest.raises(Refused) as raised:
                await reading
            return raised.value

    refused = asyncio.run(close_while_it_arrives())
    assert (refused.status, refused.headers) == (503, [(b"connection", b"close")])


def test_client_leaves() -> None:
    assert refusal(Client(b"cat", ends=False, leaves=True)).status == 499


def test_full_server_reads_and_refuses() -> None:
    client = Client(b"cat", b"dog")
    full = Refused(503, "the server is full")
    assert refusal(client, refused=full) is full
    assert client.pieces == []
    assert refusal(Client(b"01234567890"), refused=full).status == 413


def test_arriving_bodies_are_counted() -> None:
    admission = Admission(LIMITS, lambda: 0)
    with admission.reserve() as others, admission.reserve() as reservation:
        others.hold(LIMITS.max_held_bytes)
        with pytest.raises(Refused) as raised:
            asyncio.run(Bodies(LIMITS).read(Client(b"cat", b"dog"), {}, reservation))
        assert raised.value.status == 503
        assert admission.held_bytes == LIMITS.max_held_bytes
    with admission.reserve() as others, admission.reserve() as reservation:
        others.hold(LIMITS.max_held_bytes - 1)
        assert asyncio.run(Bodies(LIMITS).read(Client(b"cat", b"dog"), {}, reservation)) == b"catdog"
        reservation.release()
        assert admission.held_bytes == LIMITS.max_held_bytes - 1
