"""The history of assessments: a file of JSON lines, one for each, the newest last."""

import json
import os
from pathlib import Path
from typing import Any

from model.contract.errors import Mistake

OWN = ("time", "model_version", "photos_sha256", "metrics")  # every line has them
LEFT_OUT = ("classes", "notes")  # of the figures: one line is to be read at a glance


def read_history(path: Path) -> list[dict[str, Any]]:
    """The assessments so far, the oldest first; none if there is no file.

    Raises:
        Mistake: it cannot be read, or is something else, to which no line may be added.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Mistake(f"the history {path} cannot be read: {reason}") from None
    return [_read_line(line, path, number) for number, line in enumerate(lines, 1) if line.strip()]


def _read_line(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not all(name in entry for name in OWN):
        raise Mistake(f"line {number} of {path} is not of hack/assess: name another file for the history, or mend it")
    return entry


def append(path: Path, figures: dict[str, Any]) -> None:
    """Adds one line; two that write at once do not mix.

    Raises:
        Mistake: the file cannot be written.
    """
    entry = {name: value for name, value in figures.items() if name not in LEFT_OUT}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, (json.dumps(entry, allow_nan=False) + "\n").encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Mistake(f"the history {path} cannot be written: {error.strerror}") from None


def compare(history: list[dict[str, Any]], figures: dict[str, Any]) -> str | None:
    """A sentence on the newest assessment of the same photos; None if there is none."""
    same = [entry for entry in history if entry["photos_sha256"] == figures["photos_sha256"]]
    if not same:
        return None
    accuracy = same[-1]["metrics"]["accuracy"]
    return (
        f"accuracy on the same photos before: {accuracy:.4f}, of model {same[-1]['model_version']} ({same[-1]['time']})"
    )
