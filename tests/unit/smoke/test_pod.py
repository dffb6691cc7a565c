"""The judge beside a server: what it calls ready, and how it ends."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hack.server_process import free_ports
from tests.smoke.client import Client
from tests.smoke.expected import Expected
from tests.smoke.gate import Late, read_claimed
from tests.smoke.pod import Judge, Places, judge_pod
from tests.unit.smoke.pods import REVISION
from tests.unit.smoke.stand_in import StandIn, serve

PATIENCE_SECONDS = 60  # for a slow machine
Run = Callable[..., int]
LATER = 1795749999.0  # when another process started


@pytest.fixture
def judge(client: Client, expected: Expected) -> Judge:
    return Judge(client, expected)


@pytest.fixture
def run(client: Client, folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the judge in this process until the server fails."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(client: Client = client, places: Places = places, seconds: float = PATIENCE_SECONDS) -> int:
        return judge_pod(client, lambda: read_claimed(folder, REVISION), places, 0, seconds)

    return run


def test_nothing_is_ready_before_the_proof(judge: Judge) -> None:
    assert not judge.is_ready()
    judge.prove()
    assert judge.is_ready()
    assert not judge.lost.is_set()


def test_another_process_is_proven_anew(judge: Judge, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    judge.prove()
    server.start = LATER
    assert not judge.is_ready()
    assert judge.lost.is_set()
    capsys.readouterr()
    judge.prove()
    assert judge.is_ready()
    assert "gate: golden: " in capsys.readouterr().out
    judge.prove()  # the same process: nothing to do
    assert capsys.readouterr().out == ""


def test_a_server_that_refuses_connections_is_not_ready(expected: Expected) -> None:
    with serve(StandIn(expected)) as server:
        judge = Judge(Client(server.url), expected)
        judge.prove()
        assert judge.is_ready()
    assert not judge.is_ready()
    assert judge.lost.is_set()
    server.metrics_status = 503
    with serve(server):
        assert not judge.is_ready()  # who is too busy to say who it is may be another process
        server.metrics_status = 200
        assert judge.is_ready()  # the same one: the network was away


def test_a_server_that_is_too_busy_to_answer_is_as_before(server: StandIn, expected: Expected) -> None:
    judge = Judge(Client(server.url, timeout=0.3), expected)
    server.metrics_delay = 1
    assert not judge.is_ready()
    server.metrics_delay = 0
    judge.prove()
    server.metrics_delay = 1
    assert judge.is_ready()
    server.metrics_delay = 0
    server.metrics_status = 503  # shed
    assert judge.is_ready()
    assert not judge.lost.is_set()


def test_a_server_that_no_longer_says_who_it_is(judge: Judge, server: StandIn) -> None:
    judge.prove()
    server.metrics = ""
    assert not judge.is_ready()


def test_a_server_that_ends_under_the_gate_gets_another(judge: Judge, server: StandIn) -> None:
    """What it answered wrongly was its end; and what it answered well is no proof of the next."""

    def end() -> None:
        server.start, server.predicts, server.before_answer = LATER, 500, restart

    def restart() -> None:
        server.start, server.predicts, server.before_answer = LATER + 1, 200, lambda: None

    server.before_answer = end
    judge.prove()
    assert judge.is_ready()
    assert server.start == LATER + 1


def test_a_server_that_hangs_is_late(server: StandIn, expected: Expected) -> None:
    server.delays = [60] * 100
    judge = Judge(Client(server.url, timeout=0.3), expected, seconds=1)
    with pytest.raises(Late, match=r"^golden: no answer to POST .* TimeoutError"):
        judge.prove()


def test_a_wrong_answer_ends_the_pod(
    run: Run, server: StandIn, places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    """A flaky server gets no second chance in it."""
    server.predicts = 500
    assert run() == 1
    reason = places.termination_log.read_text()
    assert reason.startswith("not fit for traffic: golden: a prediction answers 500: ")
    assert places.failed.read_text() == reason
    assert capsys.readouterr().err == f"gate: {reason}"
    server.predicts = 200
    places.termination_log.write_text("")
    assert run() == 1
    assert places.termination_log.read_text() == reason
    assert capsys.readouterr().err == f"gate: {reason}"


def test_time_gives_another_chance(run: Run, server: StandIn, places: Places) -> None:
    server.ready = 503
    assert run(seconds=0.2) == 1
    assert places.termination_log.read_text() == "not fit for traffic: the server was not ready after 0 s\n"
    assert not places.failed.exists()


def test_a_server_that_is_not_there_yet_is_waited_for(expected: Expected) -> None:
    """The node may still pull its image."""
    (port,) = free_ports(1)
    judge = Judge(Client(f"http://127.0.0.1:{port}"), expected, seconds=0.1)
    with ThreadPoolExecutor(1) as pool:
        proof = pool.submit(judge.prove)
        time.sleep(0.5)
        assert not proof.done()
        judge.seconds = PATIENCE_SECONDS
        with serve(StandIn(expected, port=port)):
            proof.result(PATIENCE_SECONDS)
            assert judge.is_ready()


def test_a_server_without_start_time(run: Run, server: StandIn, places: Places) -> None:
    server.metrics = "process_cpu_seconds_total 1\n"
    assert run() == 1
    assert "not fit for traffic: GET /metrics has no process_start_time_seconds" in places.failed.read_text()


def test_files_that_are_missing(run: Run, folder: Path, places: Places) -> None:
    (folder / "claims.json").unlink()
    assert run() == 1
    assert places.failed.read_text().startswith("not fit for traffic: manifests/base/claims.json cannot be read: ")


def test_outside_a_cluster(run: Run, server: StandIn, tmp_path: Path) -> None:
    server.predicts = 500
    nowhere = Places(tmp_path / "no-state", tmp_path / "no-log")
    assert run(places=nowhere) == 1
    assert not nowhere.termination_log.exists()
