"""What is on disk, to compare it before and after a command."""

import hashlib
import os
from pathlib import Path


def everything(folder: Path) -> dict[str, str]:
    """What is below a folder: the hash of each file, where each link leads to, and each folder."""
    found = {}
    for place, folders, files in os.walk(folder):
        for path in (Path(place, name) for name in folders + files):
            if path.is_symlink():
                found[str(path)] = f"link to {path.readlink()}"
            else:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    return found
