"""The memory that photos take while they are decoded, shared by the threads of the engine."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from model.contract.errors import BadImage


class DecodingMemory:
    """Gives shares of so many bytes, in the order in which threads ask; a thread must ask for one at a time.

    Args:
        limit: bytes of all shares together.
    """

    def __init__(self, limit: int):
        self._limit, self._taken = limit, 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def share(self, size: int) -> Iterator[None]:
        """Waits for `size` bytes, and gives them back at the end of the `with` statement.

        Raises:
            BadImage: `size` is above the limit, so waiting would not help.
        """
        if size > self._limit:
            raise BadImage(
                f"decoding the image takes {_mebibytes(size)}, more than the limit of {_mebibytes(self._limit)}: "
                "send it with fewer pixels"
            )
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            self._changed.wait_for(lambda: self._waiting[0] is turn and self._taken + size <= self._limit)
            self._waiting.popleft()
            self._taken += size
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._taken -= size
                self._changed.notify_all()


def _mebibytes(size: int) -> str:
    return f"{-(-size // 2**20)} MiB"
