"""Runs inside a new pod, beside its server, before the pod may take traffic (postStart)."""

import sys
import time
from pathlib import Path

from .checks import run_checks
from .client import Failed, Server
from .expected import read_expected

START_SECONDS = 28.0
LAST_WORDS = Path("/dev/termination-log")  # ends up in the pod's status, where the verdict on the rollout is taken from


def pass_gate(server: Server, model: Path, revision: str) -> int:
    """0 if this server may take traffic."""
    try:
        expected = read_expected(model, revision)
        wait_ready(server)
        for name, seen, failure in run_checks(server, expected):
            print(f"gate: {name}: {seen}", flush=True)
            if failure:
                raise Failed(f"{name}: {seen}")
    except Failed as failure:
        reason = f"not fit for traffic: {failure}"
        print(f"gate: {reason}", file=sys.stderr)
        if LAST_WORDS.exists():
            LAST_WORDS.write_text(reason + "\n")
        return 1
    return 0


def wait_ready(server: Server) -> None:
    """Until the server says that it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while not server.is_ready():
        if time.monotonic() > deadline:
            raise Failed(f"the server was not ready after {START_SECONDS:.0f} s")
        time.sleep(0.1)
