"""The request log as files, rotated and bounded, for those who have no log collector."""

import sys
import threading
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import Full, Queue
from typing import IO, Any, cast

from prometheus_client import Counter

MOST_WAITING = 1000  # pieces; a disk that hangs for longer loses lines, not memory
STOP_SECONDS = 2.0  # for the lines that wait when the server ends


class _Rotation(RotatingFileHandler):
    """How full files move on; ours are unbuffered, so that none keeps what a full disk has refused."""

    stream: Any  # None after a rotation that failed

    def _open(self) -> Any:
        return Path(self.baseFilename).open("ab", buffering=0)

    def current(self) -> IO[bytes]:
        """The file that is written to, which a rotation that failed has closed."""
        self.stream = self.stream or self._open()
        return cast("IO[bytes]", self.stream)


class LogFile:
    """Writes lines to PATH, in a thread of its own; full files become PATH.1, PATH.2 and so on, the oldest is deleted.

    A disk that is full, hangs or cannot be written to loses lines, which are counted; the first time is said on stderr.

    Args:
        path: its folder is made where it is missing.
        most_bytes: of one file; a single piece may be larger.
        files: how many there are at most, above zero.
        lost: counts the lines that are not written.
    """

    def __init__(self, path: Path, most_bytes: int, files: int, lost: Counter):
        self._path, self._most_bytes, self._files, self._lost = path, most_bytes, files, lost
        self._rotation: _Rotation | None = None
        self._waiting: Queue[list[bytes] | None] = Queue(MOST_WAITING)
        self._is_told = False  # that lines are lost
        self._thread = threading.Thread(target=self._work, name="log-file", daemon=True)
        self._thread.start()

    def write(self, lines: list[bytes]) -> None:
        """Leaves lines, each with its end, to the thread; never waits."""
        try:
            self._waiting.put_nowait(lines)
        except Full:
            self._lose(lines, "the disk is too slow")

    def stop(self) -> None:
        """Writes what waits, for STOP_SECONDS at most."""
        try:
            self._waiting.put(None, timeout=STOP_SECONDS)
        except Full:
            return
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while lines := self._waiting.get():
            try:
                self._append(b"".join(lines))
            except OSError as error:
                self._lose(lines, error.strerror or str(error))
        if self._rotation:
            self._rotation.close()

    def _append(self, piece: bytes) -> None:
        """Writes all of it or, as far as can be, nothing: half a line would spoil the next one."""
        file = self._file(len(piece))
        start = file.seek(0, 2)
        try:
            written = 0
            while written < len(piece):
                written += file.write(piece[written:])
        except OSError:
            with suppress(OSError):
                file.truncate(start)
            raise

    def _file(self, more: int) -> IO[bytes]:
        """The file to write `more` bytes to, opened or rotated where it must be."""
        if self._rotation is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._rotation = _Rotation(self._path, backupCount=self._files - 1)
        rotation = self._rotation
        size = rotation.current().seek(0, 2)
        if size and size + more > self._most_bytes:
            if self._files == 1:
                rotation.current().truncate(0)
            else:
                rotation.doRollover()
        return rotation.current()

    def _lose(self, lines: list[bytes], why: str) -> None:
        self._lost.inc(len(lines))
        if not self._is_told:
            self._is_told = True
            print(f"warning: lines of {self._path} are lost: {why}; requests are answered", file=sys.stderr, flush=True)
