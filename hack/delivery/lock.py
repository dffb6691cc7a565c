"""One release at a time in one working copy."""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy


@contextmanager
def release_lock(copy: WorkingCopy) -> Iterator[None]:
    """Holds the lock while the block runs; also SIGTERM gives it back.

    Raises:
        CommandError: another process holds it.
    """
    holder = Path(copy.git("rev-parse", "--absolute-git-dir")) / "hack-release/pid"
    with acquire(holder):
        previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, previous)
            holder.unlink(missing_ok=True)


def acquire(holder: Path) -> TextIO:
    """Locks the file, which only one process can do, and writes this one's number into it for people.

    The system gives the lock back when the process ends, however that happens.

    Raises:
        CommandError: another process holds it, or there can be no such file.
    """
    try:
        holder.parent.mkdir(exist_ok=True)
        while True:
            file = holder.open("a+")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), holder.stat()):
                    break
            file.close()  # the one that held it has just removed it
    except BlockingIOError:
        file.seek(0)
        message = f"another release is running (process {file.read().strip() or 'just starting'})"
        raise CommandError(message, "Wait for its verdict, then try again.") from None
    except OSError as error:
        message = f"{holder} cannot be locked: {error.strerror}"
        raise CommandError(message, "Is it yours? If no release is running, remove it.") from None
    file.truncate(0)
    print(os.getpid(), file=file, flush=True)
    return file
