"""What all commands of this package share: errors in one sentence."""

import io
import signal
import sys
from collections.abc import Callable

from model.contract.errors import Mistake


def run(main: Callable[[], None]) -> None:
    """Runs a command's main function; a Mistake becomes one line on stderr and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no half-written output stays
    try:
        main()
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")
    except KeyboardInterrupt:
        sys.exit("stopped")
