"""One release at a time in one working copy."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hack.delivery.command import CommandError, say
from hack.delivery.git import WorkingCopy


@contextmanager
def release_lock(copy: WorkingCopy) -> Iterator[None]:
    """Holds the lock while the block runs; also SIGTERM gives it back.

    Raises:
        CommandError: another process holds it.
    """
    folder = Path(copy.git("rev-parse", "--absolute-git-dir")) / "catdog-release"
    acquire(folder)
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
        shutil.rmtree(folder, ignore_errors=True)


def acquire(folder: Path) -> None:
    """Makes the folder, which only one process can do; takes over one whose process has ended."""
    holder = folder / "pid"
    try:
        folder.mkdir()
    except FileExistsError:
        process = holder.read_text().strip() if holder.exists() else ""
        if not process or is_running(int(process)):
            message = f"another release is running (process {process or 'just starting'})"
            raise CommandError(message, "Wait for its verdict, then try again.") from None
        say(f"clearing the lock of a release that was interrupted (process {process})")
    holder.write_text(f"{os.getpid()}\n")


def is_running(process: int) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
