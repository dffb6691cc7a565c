"""The judge beside a server as a process: its probe, and how SIGTERM ends it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smoke.pod import Places
from tests.smoke.probe import serving
from tests.unit.smoke.conftest import PROJECT
from tests.unit.smoke.pods import REVISION
from tests.unit.smoke.stand_in import StandIn

PATIENCE_SECONDS = 60  # for a slow machine
LATER = 1795749999.0  # when another process started
Process = tuple[subprocess.Popen[bytes], int]


def ask(port: int, path: str = "/ready") -> tuple[int, str]:
    """What the probe gets: 0 where nobody listens yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except ConnectionError:
        return 0, ""
    finally:
        connection.close()


def wait_for(status: int, port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while ask(port)[0] != status:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_probe() -> None:
    answers = iter([False, True, True])
    with serving(lambda: next(answers), 0) as port:
        assert ask(port) == (503, "not proven\n")
        assert ask(port) == (200, "proven\n")
        assert ask(port, "/other") == (404, "there is only /ready\n")


PROGRAM = """
import sys
from pathlib import Path
from tests.smoke.client import Client
from tests.smoke.gate import read_claimed
from tests.smoke.pod import Places, judge_pod
url, folder, revision, places, port = sys.argv[1:]
folder, places = Path(folder), Path(places)
places = Places(places / "state", places / "termination-log")
sys.exit(judge_pod(Client(url), lambda: read_claimed(folder, revision), places, int(port)))
"""


@pytest.fixture
def process(server: StandIn, folder: Path, places: Places) -> Iterator[Process]:
    """A judge as it runs in a pod, and the port of its probe."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, server.url, str(folder), REVISION, str(places.state.parent), str(port)]
    judge = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield judge, port
    finally:
        judge.kill()
        judge.wait()


def test_a_pods_life(process: Process, server: StandIn, places: Places) -> None:
    judge, port = process
    wait_for(200, port)
    server.start = LATER
    assert ask(port)[0] == 503  # at once: this process is not proven
    wait_for(200, port)
    judge.send_signal(signal.SIGTERM)
    assert judge.wait(PATIENCE_SECONDS) == 0
    assert places.termination_log.read_text() == ""


def test_a_pods_next_server_fails(process: Process, server: StandIn, places: Places) -> None:
    judge, port = process
    wait_for(200, port)
    server.predicts, server.start = 500, LATER
    assert ask(port)[0] == 503
    assert judge.wait(PATIENCE_SECONDS) == 1
    assert places.failed.read_text().startswith("not fit for traffic: golden: ")


def test_sigterm_while_the_server_is_waited_for(process: Process, server: StandIn) -> None:
    judge, port = process
    server.ready = 503
    server.start = LATER
    wait_for(503, port)
    threading.Timer(0.2, lambda: judge.send_signal(signal.SIGTERM)).start()
    assert judge.wait(PATIENCE_SECONDS) == 0
