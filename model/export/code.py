"""Which commit the code is of that exports."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHAT_MATTERS = ("model", "params.yaml")  # dvc.lock does not: `dvc repro` writes it before a model is exported


def code_revision(root: Path = ROOT) -> tuple[str, list[str]]:
    """The commit that the code is of, and the files of it that are not as they are there.

    Code that was changed after the commit is no reason to refuse: people try things. The file says so instead.

    Args:
        root: the working copy.

    Returns:
        40 hex digits, or "unknown" outside git; and paths below `root`, sorted.
    """
    try:
        revision = _git(root, "rev-parse", "--verify", "HEAD").strip()
        status = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *WHAT_MATTERS)
    except (OSError, subprocess.CalledProcessError):
        return "unknown", []
    return revision, sorted(entry[3:] for entry in status.split("\0") if entry)


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, errors="backslashreplace").stdout
