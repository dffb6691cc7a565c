"""The end of a listening socket: whoever was accepted by the kernel is served, others are refused."""

import socket
import threading
import time
from collections import Counter

import pytest

from predictor.http.listener import end_listening

CLIENTS = 8


class Client(threading.Thread):
    """Connects and asks again and again, until it is refused."""

    def __init__(self, port: int):
        super().__init__(daemon=True)
        self.port = port
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        while not self.outcomes["ConnectionRefusedError"]:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
                    connection.sendall(b"?")
                    self.outcomes["answered" if connection.recv(1) == b"!" else "closed"] += 1
            except OSError as error:
                self.outcomes[type(error).__name__] += 1


def answer(connection: socket.socket) -> None:
    connection.settimeout(5)
    with connection:
        if connection.recv(1):
            connection.sendall(b"!")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_nobody_is_reset(host: str) -> None:
    with socket.create_server((host, 0)) as listener:
        clients = [Client(listener.getsockname()[1]) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            answer(listener.accept()[0])
        for connection in end_listening(listener):
            answer(connection)
    for client in clients:
        client.join(30)
    outcomes = sum((client.outcomes for client in clients), Counter[str]())
    assert set(outcomes) == {"answered", "ConnectionRefusedError"}
    assert outcomes["ConnectionRefusedError"] == CLIENTS


def test_those_who_wait_are_returned_in_their_order() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        waiting = [socket.create_connection(listener.getsockname()) for _ in range(5)]
        accepted = end_listening(listener)
        assert [each.getpeername() for each in accepted] == [each.getsockname() for each in waiting]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(listener.getsockname(), 5)
        for each in waiting + accepted:
            each.close()
