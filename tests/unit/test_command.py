"""What becomes one line, whatever a command was doing."""

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model.command import printable, run
from model.contract.errors import Mistake


def raising(error: Exception) -> Callable[[], None]:
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "", "a/b"), "error: a/b cannot be read or written: No space left on device"),
        (OSError(errno.EROFS, ""), "error: an output cannot be read or written: Read-only file system"),
        (PermissionError(errno.EACCES, "", Path("a")), "error: a cannot be read or written: Permission denied"),
        (Mistake("no \x1b[31m"), r"error: no \x1b[31m"),
    ],
)
def test_errors_of_the_disk(error: Exception, sentence: str) -> None:
    with pytest.raises(SystemExit) as stop:
        run(raising(error))
    assert stop.value.code == sentence


def test_other_errors_stay() -> None:
    with pytest.raises(OSError, match="no such device"):
        run(raising(OSError(errno.ENODEV, "no such device")))


def test_who_reads_may_have_enough(pytestconfig: pytest.Config) -> None:
    """Also where the output is so short that it is written at the end."""
    code = "from model.command import run; import sys; sys.stdin.read(); run(lambda: print('word'))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=pytestconfig.rootpath, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_printable() -> None:
    assert printable("ä 日本 █\x1b\n\u202e\ud800\udcff") == r"ä 日本 █\x1b\n\u202e\ud800\udcff"
