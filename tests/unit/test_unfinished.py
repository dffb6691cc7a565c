"""Work that a killed command left is known, and removed or put back."""

import re
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from model.output import new_folder, whole_file

KILLED = """
import os, signal, sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from model.output import new_folder, whole_file
make, place = (whole_file if sys.argv[1] == "file" else lambda p: new_folder(p, lambda _: True, [])), Path(sys.argv[2])
with make(place) as work:
    (work if sys.argv[1] == "file" else work / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_command_left_is_removed_by_its_next_run(kind: str, tmp_path: Path) -> None:
    mine = [tmp_path / ".out-put.txt-mine", tmp_path / ".other.txt-0123abcd"]
    for file in mine:
        file.write_text("mine")
    subprocess.run([sys.executable, "-c", KILLED, kind, tmp_path / "out.txt"], check=False)
    (left,) = set(tmp_path.iterdir()) - set(mine)
    assert re.fullmatch(r"\.out\.txt-[0-9a-f]{8}", left.name)
    make = whole_file if kind == "file" else partial(new_folder, is_own=lambda _: True, inputs=[])
    with make(tmp_path / "out.txt") as one, make(tmp_path / "out.txt") as other:
        assert not left.exists()
        assert one.exists()  # somebody works on it
        assert other != one
    assert set(tmp_path.iterdir()) == {*mine, tmp_path / "out.txt"}


def test_a_folder_that_was_being_replaced_is_put_back(tmp_path: Path) -> None:
    before = tmp_path / ".out.-replaced"
    before.mkdir()
    (before / "result").write_text("of before")
    with suppress(ZeroDivisionError), new_folder(tmp_path / "out", lambda _: True, []):
        assert (tmp_path / "out/result").read_text() == "of before"
        raise ZeroDivisionError
    assert (tmp_path / "out/result").read_text() == "of before"
    assert not before.exists()
