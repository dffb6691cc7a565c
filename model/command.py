"""What all commands of this package share: errors in one sentence, and outputs that are written whole or not at all."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from model.contract.errors import Mistake


def run(main: Callable[[], None]) -> None:
    """Runs a command's main function; a Mistake becomes one line on stderr and exit status 1."""
    try:
        main()
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")
    except KeyboardInterrupt:
        sys.exit("stopped")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Gives an empty folder to fill; it replaces `path` if the block succeeds, and is removed if it raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    work.chmod(0o755)
    try:
        yield work
        if path.exists():
            shutil.rmtree(path)
        work.rename(path)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Gives the name of a file to write; it replaces `path` if the block succeeds, and is removed if it raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        yield work
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)
