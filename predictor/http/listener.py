"""The end of a listening socket, without a reset for those whom the kernel has accepted."""

import socket
from contextlib import suppress


def end_listening(listener: socket.socket) -> list[socket.socket]:
    """Accepts whoever waits, and ends the listening in the same moment: closing it resets all who wait then.

    Between the last accept and the end lie microseconds; an event loop that closes a listener leaves milliseconds.
    (A filter that drops SYN before would leave nothing, but needs CAP_NET_ADMIN on recent kernels.)

    Returns:
        The connections; who comes later is refused.
    """
    listener.setblocking(False)
    connections = []
    with suppress(BlockingIOError):
        while True:
            connections.append(listener.accept()[0])
    with suppress(OSError):  # macOS cannot; there, closing the socket ends it
        listener.shutdown(socket.SHUT_RDWR)
    return connections
