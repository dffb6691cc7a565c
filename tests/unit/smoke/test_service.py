"""The PostSync smoke test, with a stand-in API server and one server behind every pod's address."""

import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.smoke.client import Client
from tests.smoke.cluster import Cluster
from tests.smoke.expected import Expected
from tests.smoke.service import check_pod, prove_service
from tests.unit.http_server import running
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.conftest import IMAGE, MODEL
from tests.unit.smoke.pods import NODE_LOST, PODS, REVISION, SERVICE, pod
from tests.unit.smoke.stand_in import StandIn, serve


def test_a_server_that_sends_its_answer_byte_by_byte_is_red(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
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
        begin = time.monotonic()
        assert prove_service(Client(f"http://127.0.0.1:{port}"), MODEL, IMAGE, cluster, port) == 1
        assert time.monotonic() - begin < 5


def test_green(cluster: Cluster, client: Client, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove_service(client, MODEL, IMAGE, cluster, server.port) == 0
    table = capsys.readouterr().out
    assert f"GREEN: all 19 checks hold for {REVISION}, on the service and on 2 pods." in table
    assert "service  one revision  ok    12 of 12 answers from 111111111111\n" in table
    assert "b        golden        ok    " in table


def test_a_pod_of_another_revision_behind_the_service(
    cluster: Cluster, server: StandIn, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(StandIn(expected, revision="2" * 40)) as other:
        assert prove_service(Client(other.url), MODEL, IMAGE, cluster, server.port) == 1
    table = capsys.readouterr().out
    assert "service  one revision  FAIL  the server is of revision 2222" in table
    assert f"RED: 3 of 19 checks failed for {REVISION}. First: service: health: the server is of revision" in table


def test_a_pod_of_before_is_behind_the_service_until_it_is_gone(
    api: ApiServer, cluster: Cluster, server: StandIn, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nodes hear late that a pod is deleted."""
    leaving = pod("of-before", tag="2" * 40)
    leaving["metadata"]["deletionTimestamp"] = "2026-11-26T12:00:00Z"
    pods = api.objects[PODS]["items"]
    api.objects[PODS] = {"items": [*pods, leaving]}
    service = StandIn(expected, revision="2" * 40)

    def end() -> None:
        service.revision = REVISION
        api.objects[PODS] = {"items": pods}

    timer = threading.Timer(2, end)
    timer.start()
    with serve(service) as behind:
        assert prove_service(Client(behind.url), MODEL, IMAGE, cluster, server.port) == 0
    timer.join()
    said = capsys.readouterr().out
    assert "the service is asked again when these pods are gone: of-before\n" in said
    assert f"GREEN: all 19 checks hold for {REVISION}, on the service and on 2 pods." in said


def test_a_pod_that_was_removed_meanwhile(api: ApiServer, cluster: Cluster, expected: Expected) -> None:
    nobody = Client("http://127.0.0.1:1", timeout=1)
    assert [row.holds for row in check_pod(nobody, "a", expected, cluster)] == [False] * 6
    api.objects[PODS] = {"items": [pod("b")]}
    (row,) = check_pod(nobody, "a", expected, cluster)
    assert (row.holds, row.seen) == (True, "gone during the test")


def test_the_classes_that_the_commit_claims_for_its_pods(
    api: ApiServer, cluster: Cluster, client: Client, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    def claim(classes: str) -> None:
        variables = [{"name": "CATDOG_EXPECTED_IMAGE"}, {"name": "CATDOG_EXPECTED_CLASSES", "value": classes}]
        containers = [{"name": "sidecar"}, {"name": "kserve-container", "env": variables}]
        api.objects[SERVICE] = {"spec": {"predictor": {"minReplicas": 2, "containers": containers}}}

    assert cluster.expected_classes() is None
    claim('["cat", "dog"]')
    assert prove_service(client, MODEL, IMAGE, cluster, server.port) == 0
    claim('["cat", "owl"]')
    assert prove_service(client, MODEL, IMAGE, cluster, server.port) == 1
    assert "other classes than the commit claims: dog came, owl went" in capsys.readouterr().out


def test_a_pod_on_a_lost_node(api: ApiServer, cluster: Cluster, expected: Expected) -> None:
    """It stays listed for minutes."""
    api.objects[PODS] = {"items": [pod("a", conditions=NODE_LOST), pod("b")]}
    (row,) = check_pod(Client("http://127.0.0.1:1", timeout=1), "a", expected, cluster)
    assert row.holds


def test_a_node_that_is_lost_during_the_test(
    api: ApiServer, cluster: Cluster, client: Client, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody answers at first; then the pod is no longer on a node, and another takes its place."""
    server.delays = [30]
    impatient = Client(client.url, timeout=0.5)

    def lose_node() -> None:
        api.objects[PODS] = {"items": [pod("a", conditions=NODE_LOST), pod("b"), pod("c")]}

    timer = threading.Timer(2, lose_node)
    timer.start()
    try:
        assert prove_service(impatient, MODEL, IMAGE, cluster, server.port) == 0
    finally:
        timer.join()
    said = capsys.readouterr().out
    assert "a node may be lost: no answer to POST" in said
    assert "on the service and on 2 pods" in said


def test_a_server_that_hangs_is_red(
    cluster: Cluster, client: Client, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke.service.NODE_LOST_SECONDS", 1)
    server.delays = [30]
    assert prove_service(Client(client.url, timeout=0.5), MODEL, IMAGE, cluster, server.port) == 1


@pytest.mark.parametrize("depth", [0, 4])
def test_a_server_is_not_slow_while_others_wait(
    cluster: Cluster, client: Client, server: StandIn, expected: Expected, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke.checks.RETRY_SECONDS", 0)
    server.metrics += f"catdog_queue_depth {depth}\n"
    server.delays = [0.0] * (len(expected.goldens) + 1) + [2.0] * 5
    quick = next(row for row in check_pod(client, "a", expected, cluster) if row.check == "quick")
    assert quick.holds == (depth > 0)
    assert quick.seen.startswith("too slow: 20")
