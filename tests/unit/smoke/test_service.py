"""The PostSync smoke test, with a stand-in API server and one server behind every pod's address."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.smoke.client import Client, Failed
from tests.smoke.cluster import Cluster, Pod, Unavailable, read_pod
from tests.smoke.expected import Expected
from tests.smoke.rollout import wait_change, wait_rollout
from tests.smoke.service import check_pod, prove_service
from tests.unit.http_server import running
from tests.unit.kubernetes_stand_in import ApiServer, serve_api
from tests.unit.smoke.conftest import IMAGE, MODEL, REVISION
from tests.unit.smoke.stand_in import StandIn, serve

PODS = "/api/v1/namespaces/catdog/pods?labelSelector=app%3Disvc.catdog-predictor"
NO_ROOM = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
NODE_LOST = [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
SERVICE = "/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/catdog"


def pod(name: str, tag: str = REVISION, ready: bool = True, **status: Any) -> dict[str, Any]:
    container = {"name": "kserve-container", "image": f"ghcr.io/catdog-team/catdog:{tag}"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    running = {"name": "kserve-container", "state": {"running": {}}}
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "sidecar", "image": "sidecar:1"}, container]},
        "status": {"podIP": "127.0.0.1", "phase": "Running", "conditions": conditions}
        | {"containerStatuses": [running], **status},
    }


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with serve_api(tmp_path) as api:
        for name, value in api.environment.items():
            monkeypatch.setenv(name, value)
        api.objects[SERVICE] = {"spec": {"predictor": {"minReplicas": 2}}}
        api.objects[PODS] = {"items": [pod("a"), pod("b")]}
        yield api


@pytest.fixture
def cluster(api: ApiServer) -> Cluster:
    return Cluster("catdog", api.account)


def test_pods_that_are_being_deleted_do_not_count(api: ApiServer, cluster: Cluster) -> None:
    leaving = pod("c")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    api.objects[PODS]["items"].append(leaving)
    assert cluster.list_pods() == [Pod(name, "127.0.0.1", str(IMAGE), True, True, True, "ready") for name in "ab"]
    assert cluster.min_replicas() == 2


def test_the_state_of_a_pod() -> None:
    waiting = {"name": "kserve-container", "state": {"waiting": {"reason": "ErrImagePull"}}}
    assert read_pod(pod("a", ready=False, containerStatuses=[waiting])).state == "ErrImagePull"
    assert read_pod(pod("a", ready=False)).state == "Running"
    assert read_pod({**pod("a"), "status": {}}) == Pod("a", "", str(IMAGE), True, False, False, "Pending")


def test_an_api_server_that_refuses_or_is_gone(
    api: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.refusal = 403
    with pytest.raises(Unavailable, match=r"^the API server answers 403 to /api/v1/namespaces/catdog/pods"):
        cluster.list_pods()
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    with pytest.raises(Unavailable, match=r"^the API server gives no answer: "):
        cluster.list_pods()


def test_pods_that_have_ended_do_not_count(api: ApiServer, cluster: Cluster) -> None:
    """Evicted long ago, and still listed."""
    api.objects[PODS]["items"] += [pod("c", ready=False, phase="Failed"), pod("d", ready=False, phase="Succeeded")]
    assert [pod.name for pod in wait_rollout(cluster, IMAGE, seconds=0)] == ["a", "b"]


def test_the_rollout_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    assert [pod.name for pod in wait_rollout(cluster, IMAGE)] == ["a", "b"]
    for items, reason in (
        ([pod("a"), pod("old", "2" * 40)], f"old (catdog:{'2' * 13}) ready"),
        ([pod("a"), pod("b", ready=False)], f"b (catdog:{'1' * 13}) Running"),
        ([pod("a")], "1 of 2 pods are on a node"),
    ):
        api.objects[PODS] = {"items": items}
        with pytest.raises(Failed) as failed:
            wait_rollout(cluster, IMAGE, seconds=0)
        assert str(failed.value) == f"after 0 s not every pod is ready and of this commit: {reason}"


def test_the_digest_counts_too(api: ApiServer, cluster: Cluster) -> None:
    image = replace(IMAGE, digest=f"sha256:{'a' * 64}")
    with pytest.raises(Failed):
        wait_rollout(cluster, image, seconds=0)
    api.objects[PODS] = {"items": [pod("a", image.version), pod("b", image.version)]}
    assert len(wait_rollout(cluster, image, seconds=0)) == 2


def test_pods_beyond_what_the_nodes_have_room_for_are_not_asked(api: ApiServer, cluster: Cluster) -> None:
    api.objects[PODS]["items"] += [pod("c", ready=False, conditions=[NO_ROOM]), pod("d", conditions=NODE_LOST)]
    assert [pod.name for pod in wait_rollout(cluster, IMAGE, seconds=0)] == ["a", "b"]


def test_a_pod_that_the_autoscaler_adds_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    """Its node pulls the image: that time does not count."""
    pulling = {"name": "kserve-container", "state": {"waiting": {"reason": "ContainerCreating"}}}
    api.objects[PODS]["items"].append(pod("c", ready=False, containerStatuses=[pulling]))
    timer = threading.Timer(1.2, lambda: api.objects.update({PODS: {"items": [pod("a"), pod("b"), pod("c")]}}))
    timer.start()
    try:
        assert len(wait_rollout(cluster, IMAGE, seconds=0.3)) == 3
    finally:
        timer.join()


def test_a_container_that_ends_again_and_again_is_not_waited_for(api: ApiServer, cluster: Cluster) -> None:
    ended = {"name": "kserve-container", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 1}
    ended["lastState"] = {"terminated": {"exitCode": 1}}
    api.objects[PODS]["items"].append(pod("c", ready=False, containerStatuses=[ended]))
    with pytest.raises(Failed, match="CrashLoopBackOff"):
        wait_rollout(cluster, IMAGE, seconds=0)


@pytest.mark.parametrize("trouble", ["no room", "no answer"])
def test_what_is_not_the_commits_fault_is_waited_out(
    api: ApiServer, cluster: Cluster, trouble: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also longer than pods may take to get ready."""
    if trouble == "no room":
        api.objects[PODS] = {"items": [pod("a"), pod("b", ready=False, conditions=[NO_ROOM])]}
    else:
        api.refusal = 500

    def repair() -> None:
        api.objects[PODS] = {"items": [pod("a"), pod("b")]}
        api.refusal = 0

    timer = threading.Timer(1.2, repair)
    timer.start()
    try:
        assert len(wait_rollout(cluster, IMAGE, seconds=0.3)) == 2
    finally:
        timer.join()
    words = "1 of 2 pods are on a node" if trouble == "no room" else "the API server answers 500"
    assert f"waiting: {words}" in capsys.readouterr().out


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


def test_a_pod_that_was_removed_meanwhile(api: ApiServer, cluster: Cluster, expected: Expected) -> None:
    nobody = Client("http://127.0.0.1:1", timeout=1)
    assert [row.holds for row in check_pod(nobody, "a", expected, cluster)] == [False] * 6
    api.objects[PODS] = {"items": [pod("b")]}
    (row,) = check_pod(nobody, "a", expected, cluster)
    assert (row.holds, row.seen) == (True, "gone during the test")


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


def test_a_change_of_the_pods_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    pods = cluster.list_pods()
    assert not wait_change(cluster, pods, seconds=0)
    api.objects[PODS] = {"items": [pod("a")]}
    assert wait_change(cluster, pods, seconds=0)


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
