"""The PostSync smoke test, with a stand-in API server and one server behind every pod's address."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.smoke.client import Client
from tests.smoke.cluster import Cluster
from tests.smoke.expected import Expected
from tests.smoke.plan import Plan
from tests.smoke.service import prove_service
from tests.smoke.table import Row, print_table
from tests.unit.http_server import running
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import NODE_LOST, PODS, REVISION, SERVICE, leaving, pod
from tests.unit.smoke.stand_in import StandIn, serve

Output = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
PLAN = Plan(seconds=0.5, most_cost=1.5, ask_seconds=0.02, watch_seconds=0.1, enough_bursts=3)
Prove = Callable[..., int]


@pytest.fixture
def prove(client: Client, server: StandIn, folder: Path, cluster: Cluster, log: Path) -> Prove:
    """Runs the smoke test, with one server behind every address."""

    def prove(service: Client = client, port: int = server.port, **plan: float) -> int:
        return prove_service(service, folder, IMAGE, cluster, replace(PLAN, **plan), port, log)  # type: ignore[arg-type]

    return prove


def test_green(prove: Prove, api: ApiServer, log: Path, capsys: Output) -> None:
    assert prove() == 0
    said = capsys.readouterr().out
    assert "git      claims        ok    accuracy " in said
    assert "service  one revision  ok    12 of 12 answers from 111111111111\n" in said
    assert "b        golden        ok    " in said
    assert "service  quick" not in said
    assert f"GREEN: all 23 checks hold for {REVISION}, on the service and on 2 pods." in said
    assert said.index("The bake: it is watched for 0.5 s more") < said.index("bake  answers   ok    ")
    assert said.endswith("\ncost: 4.000 ms\n")
    assert log.read_text() == "cost: 4.000 ms\n"
    log.unlink()
    assert prove() == 0  # outside a cluster
    assert not log.exists()


def test_a_release_that_does_not_last_is_red(prove: Prove, server: StandIn, log: Path, capsys: Output) -> None:
    server.fails_each = 100
    assert prove(seconds=600) == 1
    said = capsys.readouterr().out
    assert "GREEN" not in said
    assert f"RED: 1 of 20 checks failed for {REVISION}. First: bake: lasts: " in said
    assert "a prediction answers 500" in said
    assert log.read_text() == ""


def test_a_photo_that_costs_twice_as_much(prove: Prove, api: ApiServer, log: Path, capsys: Output) -> None:
    api.objects[SERVICE]["status"] = {"conditions": [{"type": "PhotoCost", "message": "2.000 ms of"}]}
    assert prove() == 1
    assert "RED: 1 of 23 checks failed for" in (said := capsys.readouterr().out)
    assert "First: bake: cost: a photo costs 4.0 ms of processor time, 2.0 times the 2.0 ms of the version " in said
    assert log.read_text() == ""


@pytest.mark.parametrize("claims", ['{"classes": ["cat", "owl"], "least_accuracy": 0.5}', "{}", None])
def test_claims_that_do_not_hold(prove: Prove, folder: Path, claims: str | None, capsys: Output) -> None:
    (folder / "claims.json").unlink()
    if claims:
        (folder / "claims.json").write_text(claims)
    assert prove() == 1
    assert f"RED: 1 of 1 checks failed for {REVISION}. First: git: claims: " in (said := capsys.readouterr().out)
    assert "manifests/base/claims.json" in said


def test_pods_that_do_not_get_ready(prove: Prove, api: ApiServer, capsys: Output, monkeypatch: Patch) -> None:
    monkeypatch.setattr("tests.smoke.rollout.wait_rollout.__defaults__", (0.1,))
    api.objects[PODS] = {"items": [pod("a"), pod("b", ready=False)]}
    assert prove() == 1
    assert "First: rollout: ready: after 0 s not every pod is ready and of this commit: b (" in capsys.readouterr().out


def test_a_table_without_rows(capsys: Output) -> None:
    print_table([])
    print_table([Row("service", "health", True, "seen"), Row("a", "golden", False, "wrong")])
    assert capsys.readouterr().out == "service  health  ok    seen\na        golden  FAIL  wrong\n"


def test_a_server_that_sends_its_answer_byte_by_byte_is_red(prove: Prove, monkeypatch: Patch, capsys: Output) -> None:
    monkeypatch.setattr("tests.smoke.service.CHECK_SECONDS", 1)

    class Trickle(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(b" ")
                    time.sleep(0.1)

        do_POST = do_GET  # noqa: N815  (the names that http.server looks for)

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Trickle)) as port:
        assert prove(Client(f"http://127.0.0.1:{port}"), port) == 1
    assert "First: rollout: ready: service: the checks were not done after 1 s" in capsys.readouterr().out


def test_a_pod_of_another_revision_behind_the_service(prove: Prove, expected: Expected, capsys: Output) -> None:
    with serve(StandIn(expected, revision="2" * 40)) as other:
        assert prove(Client(other.url)) == 1
    table = capsys.readouterr().out
    assert "service  one revision  FAIL  the server is of revision 2222" in table
    assert f"RED: 3 of 19 checks failed for {REVISION}. First: service: health: the server is of revision" in table


def test_a_pod_of_before_is_behind_the_service_until_it_is_gone(
    prove: Prove, api: ApiServer, expected: Expected, capsys: Output
) -> None:
    """Nodes hear late that a pod is deleted."""
    pods = api.objects[PODS]["items"]
    api.objects[PODS] = {"items": [*pods, leaving("of-before", tag="2" * 40)]}
    service = StandIn(expected, revision="2" * 40)

    def end() -> None:
        service.revision = REVISION
        api.objects[PODS] = {"items": pods}

    timer = threading.Timer(2, end)
    timer.start()
    with serve(service) as behind:
        assert prove(Client(behind.url)) == 0
    timer.join()
    said = capsys.readouterr().out
    assert "the service is asked again when these pods are gone: of-before\n" in said
    assert f"GREEN: all 23 checks hold for {REVISION}, on the service and on 2 pods." in said


def test_a_node_that_is_lost_during_the_test(prove: Prove, api: ApiServer, server: StandIn, capsys: Output) -> None:
    """Nobody answers at first; then the pod is no longer on a node, and another takes its place."""
    server.delays = [30]

    def lose_node() -> None:
        api.objects[PODS] = {"items": [pod("a", conditions=NODE_LOST), pod("b"), pod("c")]}

    timer = threading.Timer(3, lose_node)
    timer.start()
    try:
        assert prove(Client(server.url, timeout=1.5)) == 0
    finally:
        timer.join()
    said = capsys.readouterr().out
    assert "a node may be lost: golden: no answer to POST" in said
    assert "on the service and on 2 pods" in said


def test_a_server_that_hangs_is_red(prove: Prove, server: StandIn, monkeypatch: Patch) -> None:
    monkeypatch.setattr("tests.smoke.service.NODE_LOST_SECONDS", 1)
    server.delays = [30]
    assert prove(Client(server.url, timeout=0.5)) == 1
