"""Runs in a new pod, beside its server, before the pod may get traffic (startupProbe)."""

import sys
import time
from pathlib import Path

from .checks import run_checks
from .client import Client, Failed
from .expected import read_expected
from .image_reference import ImageReference
from .ready import server_start

# less than argocd/steward/time_limits.py gives a pod: the gate's reason must be there before the steward's
START_SECONDS = 40.0


TERMINATION_LOG = Path("/dev/termination-log")  # Kubernetes copies it into the pod's status; the steward reads it


def pass_gate(
    client: Client,
    model: Path,
    image: ImageReference,
    proof: Path | None = None,
    classes: str | None = None,
    termination_log: Path = TERMINATION_LOG,
) -> int:
    """Waits for the server, then runs all checks.

    Args:
        client: of the pod's own server.
        model: the exported file that is in the image.
        image: the one that the commit claims.
        proof: gets the identity of the server if it passes; the readiness probe reads it.
        classes: those that the commit claims, as a JSON list; None where it claims none.
        termination_log: gets the reason, if the file exists and the server fails.

    Returns:
        0 if the server may get traffic, else 1.
    """
    try:
        expected = read_expected(model, image, classes)
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
    if proof:
        proof.write_text(server_start())
    return 0


def wait_ready(client: Client, seconds: float = START_SECONDS) -> None:
    """Returns when the server says that it is ready; raises Failed if that takes longer."""
    deadline = time.monotonic() + seconds
    while not client.is_ready():
        if time.monotonic() > deadline:
            raise Failed(f"the server was not ready after {seconds:.0f} s")
        time.sleep(0.1)
