"""Which requests are admitted, and which bytes count."""

import pytest

from predictor.engine.admission import Admission
from predictor.errors import OVERLOADED, Refused
from predictor.limits import Limits

LIMITS = Limits(max_waiting=2, max_held_bytes=10)


def admission(waiting: int = 0) -> Admission:
    return Admission(LIMITS, lambda: waiting)


def test_bytes_are_free_again_after_a_request() -> None:
    both = admission()
    with both.reserve() as first:
        first.hold(3)
        first.hold(4)
        with both.reserve() as second:
            second.hold(2)
            assert (first.held_bytes, second.held_bytes, both.held_bytes) == (7, 2, 9)
        assert both.held_bytes == 7
        first.release()
        assert both.held_bytes == 0
        first.hold(1)
    assert both.held_bytes == 0


@pytest.mark.parametrize(("others_hold", "is_admitted"), [(0, True), (9, True), (10, False), (1000, False)])
def test_bytes_of_others(others_hold: int, is_admitted: bool) -> None:
    both = admission()
    with both.reserve() as others, both.reserve() as mine:
        others.hold(others_hold)
        mine.hold(1000)
        assert mine.has_room is is_admitted
        assert mine.is_full is not is_admitted


@pytest.mark.parametrize(("waiting", "is_admitted"), [(0, True), (1, True), (2, False), (3, False)])
def test_waiting_requests(waiting: int, is_admitted: bool) -> None:
    with admission(waiting).reserve() as mine:
        assert mine.has_room  # the bytes alone
        assert mine.is_full is not is_admitted
        if is_admitted:
            mine.admit()
        else:
            with pytest.raises(Refused, match=OVERLOADED) as raised:
                mine.admit()
            assert raised.value.status == 503
