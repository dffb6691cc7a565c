"""May one server get traffic? Every check that does not depend on how busy the machine is."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .checks import CHECK_SECONDS, run_checks
from .client import Client, Failed, OutOfTime, Unreachable
from .expected import Expected, compare_claims, read_claims, read_expected

# less than argocd/steward/time_limits.py gives a pod: the judge's reason must be there before the steward's
START_SECONDS = 40.0
POLL_SECONDS = 0.1
UNFIT = "not fit for traffic"  # the steward knows the message by it


class Late(Failed):
    """The server did not get ready in time, or did not answer in time: that is no wrong answer."""


def pass_gate(client: Client, read: Callable[[], Expected], seconds: float = START_SECONDS) -> int:
    """Waits for a server and runs all checks once.

    Args:
        client: of the server.
        read: gives what it must say, or raises Failed.
        seconds: how long it may take to be ready.

    Returns:
        0 if the server may get traffic, else 1; the reason is printed.
    """
    try:
        expected = read()
        wait_ready(client, seconds)
        run_gate(client, expected)
    except Failed as failure:
        print(f"gate: {UNFIT}: {failure}", file=sys.stderr)
        return 1
    return 0


def read_claimed(folder: Path, revision: str) -> Expected:
    """What a server must say, if the model file claims what people ask for.

    Args:
        folder: with expected.json and claims.json.
        revision: the commit that the image was built from.

    Raises:
        Failed: it does not, or one of the files is not what it should be.
    """
    expected = read_expected(folder, revision)
    print(f"gate: claims: {compare_claims(expected, read_claims(folder))}", flush=True)
    return expected


def run_gate(client: Client, expected: Expected, check_seconds: float = CHECK_SECONDS) -> None:
    """Runs all checks once, and prints what each saw.

    Raises:
        Failed: a check does not hold; Late if the server took too long for an answer.
    """
    hurried = replace(client, until=time.monotonic() + check_seconds)
    try:
        for name, seen, failure in run_checks(hurried, expected):
            if failure:
                raise type(failure)(f"{name}: {seen}")
            print(f"gate: {name}: {seen}", flush=True)
    except Unreachable as silence:
        raise Late(str(silence)) from None
    except OutOfTime:
        raise Late(f"the checks were not done after {check_seconds:.0f} s") from None


def wait_ready(client: Client, seconds: float) -> None:
    """Returns when the server says that it is ready.

    Args:
        client: of the server.
        seconds: how long that may take.

    Raises:
        Late: it takes longer.
    """
    deadline = time.monotonic() + seconds
    while not client.is_ready():
        if time.monotonic() > deadline:
            raise Late(f"the server was not ready after {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
