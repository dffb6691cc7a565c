"""Work that is not finished has a hidden name beside the output, until it is done and takes the output's place.

Whoever works on it holds a lock on it, which ends with the process, however that ends. So what is there without a lock
is of a command that was killed, and the next run removes it.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

REPLACED = "replaced"  # in the place of digits: the output of before, while the new one takes its place


@contextmanager
def unfinished(place: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    """Makes a file or a folder beside `place` to work on; what killed commands left there of theirs is removed.

    Args:
        place: where the work goes when it is done.
        make: makes the file or the folder of the name that it is given.
    """
    with _lock(place.parent):
        restore_or_remove(place)
        work = _beside(place, secrets.token_hex(4))
        make(work)
        held = os.open(work, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield work
    finally:
        os.close(held)


def exchange(new: Path, place: Path) -> None:
    """Puts the folder `new` in the place of another one, which is removed only when that is done."""
    old = _beside(place, REPLACED)
    if place.exists():
        place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def restore_or_remove(place: Path) -> None:
    """Removes what killed commands left beside `place`, or puts it back, where one was killed within `exchange`."""
    old = _beside(place, REPLACED)
    if old.is_dir() and not place.exists():
        old.rename(place)
    names = re.compile(re.escape(_beside(place, "").name) + f"([0-9a-f]{{8}}|{REPLACED})")
    for path in [path for path in place.parent.iterdir() if names.fullmatch(path.name) and not path.is_symlink()]:
        if not _is_held(path):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(f".{place.stem}{place.suffix or '.'}-{ending}")


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Nobody else begins work in this folder while the block runs: theirs must not look abandoned before it is held."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_held(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
