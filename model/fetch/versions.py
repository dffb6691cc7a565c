"""Keeps fetched photos in DVC, so that each commit can have its own."""

import subprocess
import sys
from pathlib import Path


def keep(out: Path) -> str:
    """Runs `dvc add` on a folder of photos: git then has its hash in `out`.dvc, DVC's cache the photos themselves.

    Returns:
        A sentence that says what was done, or why nothing was.
    """
    place = out.resolve()
    pointer = place.with_name(f"{place.name}.dvc")
    if not any((folder / ".dvc").is_dir() for folder in place.parents):
        return f"not versioned: {out} is not in a folder with DVC (dvc init)"
    if _is_ignored(pointer):
        return f"not versioned: git ignores {out}.dvc"
    command = [sys.executable, "-m", "dvc", "add", "--quiet", place.name]
    added = subprocess.run(command, cwd=place.parent, capture_output=True, text=True, errors="replace", check=False)
    if added.returncode:
        reason = next(
            (line for line in added.stderr.splitlines() if line.startswith("ERROR: ")), "ERROR: it said nothing"
        )
        return f"not versioned, dvc add failed: {reason.removeprefix('ERROR: ')}"
    return f"versioned: commit {out}.dvc, and keep the photos somewhere with dvc push (dvc remote add -d NAME FOLDER)"


def _is_ignored(file: Path) -> bool:
    command = ["git", "check-ignore", "--quiet", str(file)]
    try:
        return subprocess.run(command, cwd=file.parent, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # there is no git here
        return False
