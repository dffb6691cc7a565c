"""The readiness probe of a pod: has this very server passed the gate, and does it take requests?

  python -I -S /app/smoke/ready.py http://127.0.0.1:8080

Kubernetes forgets after a restart of the kubelet that a container was still starting (kubernetes #60053, #142305), so
readiness itself asks for the proof; where there is none, the gate runs now. kubelet calls this every few seconds on
each pod: it imports next to nothing.
"""

import os
import socket
import sys

PROOF = "/tmp/proven"  # noqa: S108  (the pod's own memory-backed folder; the root file system is read-only)
TIMEOUT_SECONDS = 2


def server_start(stat: str = "/proc/1/stat") -> str:
    """When the container's first process started, in clock ticks since the machine did: proc(5), field 22.

    /tmp outlives a container that is restarted, so a proof says whose it is.
    """
    with open(stat) as file:  # noqa: PTH123  (pathlib takes longer to import than all the rest)
        return file.read().rpartition(")")[2].split()[19]


def is_proven(start: str, proof: str = PROOF) -> bool:
    """Whether the gate has written that the server which started then passed."""
    try:
        with open(proof) as file:  # noqa: PTH123
            return file.read() == start
    except OSError:
        return False


def takes_requests(url: str) -> bool:
    """Whether the server says that it is ready."""
    host, _, port = url.rpartition("/")[2].partition(":")
    request = f"GET /v1/models/catdog HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, int(port or 80)), TIMEOUT_SECONDS) as connection:
            connection.sendall(request.encode())
            return connection.recv(32).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def main(url: str) -> int:
    """Returns the exit status; does not return where the gate has to run first."""
    if not is_proven(server_start()):
        os.execv(sys.executable, [sys.executable, "-m", "smoke", "gate", url, "--proof", PROOF])  # noqa: S606  (our own module)
    return 0 if takes_requests(url) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
