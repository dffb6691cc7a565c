"""Work that many connections have at once, one piece in each turn of the event loop."""

from asyncio import get_running_loop
from collections import deque
from collections.abc import Callable


class Turns:
    """Runs one of the functions that wait in each turn of the event loop: all of them in one would hold up others."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, function: Callable[[], None]) -> None:
        """Lets it wait for its turn."""
        if not self._waiting:
            get_running_loop().call_soon(self._run)
        self._waiting.append(function)

    def _run(self) -> None:
        function = self._waiting.popleft()
        if self._waiting:
            get_running_loop().call_soon(self._run)
        function()
