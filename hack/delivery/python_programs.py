"""What a command starts other Python programs of this project with."""

import os
import subprocess
import sys
from pathlib import Path

from hack.delivery.command import PROJECT, CommandError


def find_packages() -> Path:
    """The Python that has the packages of training and tests; hack/install makes it where it is not there yet.

    Raises:
        CommandError: it cannot be made.
    """
    python = PROJECT / ".venv/bin/python"
    if not python.exists() and subprocess.run([PROJECT / "hack/install"], stdout=sys.stderr, check=False).returncode:
        raise CommandError("this needs the environment that hack/install makes")
    return python


def variables(**more: str) -> dict[str, str]:
    """The variables of this process, with our own modules found before those of the current folder, and more."""
    return os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1"} | more
