"""What comes without a key is read, so that the connection stays usable, and is not kept."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from predictor.engine.admission import Admission
from predictor.errors import Refused
from predictor.http.access import with_key
from predictor.http.body import Bodies
from predictor.http.exchange import Exchange
from predictor.keys import Keys
from predictor.limits import Limits

KEY = "0123456789abcdef"
LIMITS = Limits()


class Cycle:
    """A request whose body comes in pieces; notes how many bytes the server holds at each."""

    def __init__(self, admission: Admission, **headers: str):
        self.headers = {name.encode(): value.encode() for name, value in headers.items()}
        self.admission, self.pieces = admission, [b"photo"] * 3
        self.held: list[int] = []

    @property
    def more_body(self) -> bool:
        return bool(self.pieces)

    async def receive(self) -> tuple[bytes, bool]:
        self.held.append(self.admission.held_bytes)
        return self.pieces.pop(), self.more_body


async def handle(exchange: Exchange) -> None:
    exchange.status = 200


def ask(folder: Path, cycle: Cycle) -> int:
    """The status that the handler gave."""
    (folder / "keys").write_text(KEY)
    exchange = cast("Any", SimpleNamespace(cycle=cycle, headers=cycle.headers, status=0))
    handler = with_key(handle, Keys(folder / "keys"), cycle.admission, Bodies(LIMITS))
    asyncio.run(cast("Any", handler(exchange)))
    status: int = exchange.status
    return status


@pytest.fixture
def admission() -> Admission:
    return Admission(LIMITS, lambda: 0)


def test_with_a_key_the_body_is_left_to_the_handler(tmp_path: Path, admission: Admission) -> None:
    cycle = Cycle(admission, authorization=f"Bearer {KEY}")
    assert ask(tmp_path, cycle) == 200
    assert len(cycle.pieces) == 3


def test_without_one_the_body_is_read_and_thrown_away(tmp_path: Path, admission: Admission) -> None:
    cycle = Cycle(admission)
    with pytest.raises(Refused) as raised:
        ask(tmp_path, cycle)
    assert raised.value.status == 401
    assert (cycle.pieces, cycle.held) == ([], [0, 0, 0])


def test_where_anybody_may_ask_there_is_nothing_in_between(admission: Admission) -> None:
    assert with_key(handle, None, admission, Bodies(LIMITS)) is handle
