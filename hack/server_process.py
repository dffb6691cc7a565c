"""A server of this machine: ports, waiting until it is ready, ending it. For hack/demo, hack/bench and the tests."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, each one different."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]


def wait_ready(url: str, server: subprocess.Popen[bytes], seconds: float, pause: float = 0.2) -> bool:
    """Whether the server at `url` gets ready within this time; False at once when its process ends.

    Args:
        url: base URL of the server.
        server: its process.
        seconds: how long to wait.
        pause: seconds between two requests.
    """
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/v2/health/ready", timeout=5):  # noqa: S310  (http)
                return True
        except OSError:
            time.sleep(pause)
    return False


def exit_on_signals() -> None:
    """Lets SIGTERM and SIGHUP end this process by an exception, so that its `finally` blocks end its servers."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
