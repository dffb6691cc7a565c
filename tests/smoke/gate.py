"""Runs in a new pod, beside its server, before the pod may get traffic (postStart)."""

import sys
import time
from pathlib import Path

from .checks import run_checks
from .client import Client, Failed
from .expected import read_expected

START_SECONDS = 28.0
TERMINATION_LOG = Path("/dev/termination-log")  # Kubernetes copies it into the pod's status; the steward reads it


def pass_gate(client: Client, model: Path, revision: str, termination_log: Path = TERMINATION_LOG) -> int:
    """Waits for the server, then runs all checks.

    Args:
        client: of the pod's own server.
        model: the exported file that is in the image.
        revision: the one that the commit claims.
        termination_log: gets the reason, if the file exists and the server fails.

    Returns:
        0 if the server may get traffic, else 1.
    """
    try:
        expected = read_expected(model, revision)
        wait_ready(client)
        for name, seen, failure in run_checks(client, expected):
            print(f"gate: {name}: {seen}", flush=True)
            if failure:
                raise Failed(f"{name}: {seen}")
    except Failed as failure:
        reason = f"not fit for traffic: {failure}"
        print(f"gate: {reason}", file=sys.stderr)
        if termination_log.exists():
            termination_log.write_text(reason + "\n")
        return 1
    return 0


def wait_ready(client: Client, seconds: float = START_SECONDS) -> None:
    """Returns when the server says that it is ready; raises Failed if that takes longer."""
    deadline = time.monotonic() + seconds
    while not client.is_ready():
        if time.monotonic() > deadline:
            raise Failed(f"the server was not ready after {seconds:.0f} s")
        time.sleep(0.1)
