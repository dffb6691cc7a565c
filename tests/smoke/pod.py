"""The judge beside a server: the pod is ready only while this very server process is proven.

A restarted kubelet forgets that a container was starting (kubernetes #60053, #142305): readiness asks for the proof.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from .client import MODEL, Client, Failed, NoAnswer, Unreachable
from .expected import Expected
from .gate import POLL_SECONDS, START_SECONDS, UNFIT, Late, run_gate
from .probe import serving
from .readings import read_start

PORT = 8082
PROBE_SECONDS = 2.0  # for the server's answer; the probe itself has 5
LONGEST_REASON = 1000  # characters


@dataclass(frozen=True)
class Places:
    """Where the judge writes why a server failed."""

    state: Path = Path("/state")
    """A folder that lasts as long as the pod: a server that failed gets no second chance in it."""
    termination_log: Path = Path("/dev/termination-log")
    """Kubernetes copies it into the pod's status, where the steward reads it."""

    @property
    def failed(self) -> Path:
        """There if the server failed."""
        return self.state / "failed"

    def read_failed(self) -> str:
        """Why a server of this pod failed; empty if none did."""
        try:
            return self.failed.read_text().strip()
        except OSError:
            return ""

    def say(self, reason: str) -> None:
        """Says why the judge ends."""
        print(f"gate: {reason}", file=sys.stderr, flush=True)
        if self.termination_log.exists():
            write(self.termination_log, reason)


def write(path: Path, text: str) -> None:
    """Writes a line where that is possible: outside a cluster there are no such places."""
    with suppress(OSError):
        path.write_text(f"{text}\n")


class Judge:
    """Proves a server process, and knows whether the one that answers now is the proven one.

    Args:
        client: of the pod's own server.
        expected: what it must say.
        seconds: how long a server that listens may take to be ready.
    """

    def __init__(self, client: Client, expected: Expected, seconds: float = START_SECONDS):
        self.client, self.expected, self.seconds = client, expected, seconds
        self.lost = threading.Event()
        self._probe = replace(client, timeout=min(client.timeout, PROBE_SECONDS))
        self._proven: float | None = None
        self._was_ready = False

    def is_ready(self) -> bool:
        """Whether the server that answers now is proven; as it was when last asked where it is too busy to answer."""
        proven = self._proven
        if proven is None:
            return False
        try:
            self._was_ready = read_start(self._probe) == proven
        except Unreachable:
            return self._was_ready
        except Failed:
            self._was_ready = False
        if not self._was_ready:
            self.lost.set()
        return self._was_ready

    def prove(self) -> None:
        """Returns when the server that answers now is proven, which it may have been before.

        Raises:
            Late: it was not ready or gave no answer in time.
            Failed: a check does not hold.
        """
        self.lost.clear()
        deadline = time.monotonic() + self.seconds
        while True:
            deadline = self._wait_ready(deadline)
            start = None
            try:
                start = read_start(self.client)
                if start == self._proven or self._passes(start):
                    return
            except (Late, Unreachable) as silence:
                if time.monotonic() + self.client.timeout > deadline:
                    raise Late(str(silence)) from None
            except Failed as failure:
                if not self._is_gone(start):
                    raise
                if start is None and time.monotonic() > deadline:
                    raise Late(str(failure)) from None
            if start is not None and self._is_gone(start):
                deadline = time.monotonic() + self.seconds
            time.sleep(POLL_SECONDS)

    def _wait_ready(self, deadline: float) -> float:
        """Returns when the server is ready: until when it must be proven, by time.monotonic().

        Time counts only while somebody listens: the node may still pull the image. The steward tells what never does.

        Raises:
            Late: the deadline has passed.
        """
        while True:
            try:
                if self.client.send_once("GET", MODEL).status == 200:
                    return deadline
            except Unreachable:
                pass
            except NoAnswer:
                deadline = time.monotonic() + self.seconds
            except Failed:
                pass
            if time.monotonic() > deadline:
                raise Late(f"the server was not ready after {self.seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def _passes(self, start: float) -> bool:
        """Runs the gate; False if it was not one process that answered all of it. Raises as `run_gate`."""
        self._proven = None
        run_gate(self.client, self.expected)
        if read_start(self.client) != start:
            return False
        self._proven, self._was_ready = start, True
        print("gate: passed: the server may get traffic", flush=True)
        return True

    def _is_gone(self, start: float | None) -> bool:
        """Whether the process that started then has ended, as far as can be seen now."""
        try:
            return read_start(self._probe) != start
        except Unreachable:
            return False
        except NoAnswer:
            return True
        except Failed:
            return False


def judge_pod(
    client: Client,
    read: Callable[[], Expected],
    places: Places | None = None,
    port: int = PORT,
    seconds: float = START_SECONDS,
) -> int:
    """Proves the pod's server, answers its readiness probe, and proves each new server process again.

    Returns only where the server failed; SIGTERM ends the program with 0.

    Args:
        client: of the pod's own server.
        read: gives what it must say, or raises Failed.
        places: where the reason is written.
        port: of the readiness probe.
        seconds: how long a server that listens may take to be ready.

    Returns:
        1, the exit status.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    places = places or Places()
    reason = places.read_failed()
    if not reason:
        try:
            judge = Judge(client, read(), seconds)
            with serving(judge.is_ready, port):
                while True:
                    judge.prove()
                    judge.lost.wait()
                    print("gate: the server is gone, or is another process", flush=True)
        except Failed as failure:
            reason = f"{UNFIT}: {failure}"[:LONGEST_REASON]
            if not isinstance(failure, Late):  # time is no wrong answer
                write(places.failed, reason)
    places.say(reason)
    return 1
