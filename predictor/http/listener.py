"""The end of a listening socket, without a reset for those whom the kernel has accepted."""

import socket
import sys
from contextlib import closing, suppress

ATTEMPTS = 20  # to be the only one in the queue; one that fails takes PLACE_SECONDS
PLACE_SECONDS = 0.05


def end_listening(listener: socket.socket) -> list[socket.socket]:
    """Accepts whoever waits, and ends the listening while nobody can: closing it resets all who wait then.

    Linux lets nobody into a queue that is full, so a connection of our own is the last in a queue of one: its client
    is the only one that is reset, however long this thread is kept from its work. (A filter that drops SYN would do
    without, but needs CAP_NET_ADMIN on recent kernels.) Elsewhere whoever comes in the moment of the end is reset.

    Returns:
        The connections; who comes later is refused, or asks again and is refused then.
    """
    listener.setblocking(False)
    connections: list[socket.socket] = []
    if sys.platform == "linux":
        listener.listen(0)  # from here one may wait, and no more
        for _ in range(ATTEMPTS):
            connections += _accept_all(listener)
            with suppress(TimeoutError), closing(_connect(listener)):
                listener.shutdown(socket.SHUT_RDWR)
                return connections
    connections += _accept_all(listener)
    with suppress(OSError):  # macOS cannot; there, closing the socket ends it
        listener.shutdown(socket.SHUT_RDWR)
    return connections


def _accept_all(listener: socket.socket) -> list[socket.socket]:
    connections = []
    with suppress(BlockingIOError):
        while True:
            connections.append(listener.accept()[0])
    return connections


def _connect(listener: socket.socket) -> socket.socket:
    """Raises TimeoutError when another client has the place in the queue."""
    host, port = listener.getsockname()[:2]
    return socket.create_connection((host, port), PLACE_SECONDS)
