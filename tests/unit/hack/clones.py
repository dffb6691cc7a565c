"""Clones of the project as it is here, to adopt.

Their team is called quince: where this copy is adopted itself, it has another name.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.unit.delivery.clones import GIT, PROJECT

ARGUMENTS = {
    "--name": "quince",
    "--namespace": "ml-quince",
    "--image": "registry.acme.example:5000/ml/quince",
    "--repo": "git@git.acme.example:ml/quince.git",
}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=os.environ | GIT, text=True, capture_output=True, check=True).stdout.strip()


def adopt(folder: Path, **changes: str) -> tuple[int, str]:
    """Exit status of hack/adopt, and what it says."""
    arguments = ARGUMENTS | {f"--{name}": value for name, value in changes.items()}
    words = [word for pair in arguments.items() for word in pair if pair[1]]
    done = subprocess.run(
        [folder / "hack/adopt", *words], env=os.environ | GIT, text=True, capture_output=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def make_upstream(folder: Path) -> Path:
    """This project as it is here, in a repository of its own."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, text=True, capture_output=True, check=True).stdout
    for name in listed.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The project")
    return folder
