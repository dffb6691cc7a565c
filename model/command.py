"""What all commands of this package share: errors in one sentence."""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable

from model.contract.errors import Mistake

# a disk that is full or must not be written, and files of somebody else
OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}


def run(main: Callable[[], None]) -> None:
    """Runs a command's main function; a Mistake becomes one line on stderr and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no half-written output stays
    try:
        main()
        sys.stdout.flush()
    except Mistake as mistake:
        sys.exit(f"error: {printable(str(mistake))}")
    except KeyboardInterrupt:
        sys.exit("stopped")
    except BrokenPipeError:  # who reads the output, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        name = "an output" if error.filename is None else str(error.filename)
        sys.exit(f"error: {printable(name)} cannot be read or written: {os.strerror(error.errno)}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is half-written any more


def printable(text: str) -> str:
    r"""A text for a terminal: what cannot be printed, such as its control characters, is escaped as `\x1b`."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
