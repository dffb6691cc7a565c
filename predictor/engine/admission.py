"""Which requests may enter: bounds on the requests that wait, and on the bytes of request bodies in memory."""

from collections.abc import Callable
from typing import Self

from predictor.errors import OVERLOADED, Refused
from predictor.limits import Limits


class Admission:
    """Counts waiting requests and bytes of request bodies.

    Args:
        limits: `max_waiting` and `max_held_bytes` count here.
        waiting: gives the number of requests that wait for a thread of the engine.
    """

    def __init__(self, limits: Limits, waiting: Callable[[], int]):
        self._limits, self._waiting = limits, waiting
        self.held_bytes = 0  # of all requests, bodies that are still arriving included

    def reserve(self) -> "Reservation":
        """For one request; use it in a `with` statement, which frees its bytes at the end."""
        return Reservation(self)

    def _has_room(self, own_bytes: int) -> bool:
        return self.held_bytes - own_bytes < self._limits.max_held_bytes

    def _is_full(self, own_bytes: int) -> bool:
        return self._waiting() >= self._limits.max_waiting or not self._has_room(own_bytes)


class Reservation:
    """The bytes that one request holds. A request's own bytes never count against itself: a lone one always fits."""

    __slots__ = ("_admission", "held_bytes")

    def __init__(self, admission: Admission):
        self._admission = admission
        self.held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def hold(self, size: int) -> None:
        """Counts `size` more bytes."""
        self.held_bytes += size
        self._admission.held_bytes += size

    def release(self) -> None:
        """Frees all bytes of the request."""
        self._admission.held_bytes -= self.held_bytes
        self.held_bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether the other requests hold fewer bytes than the limit."""
        return self._admission._has_room(self.held_bytes)

    @property
    def is_full(self) -> bool:
        """Whether the request would be refused: too many wait, or the others hold too many bytes."""
        return self._admission._is_full(self.held_bytes)

    def admit(self) -> None:
        """Raises Refused (503) when the server is full."""
        if self.is_full:
            raise Refused(503, OVERLOADED)
