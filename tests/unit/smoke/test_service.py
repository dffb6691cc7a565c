"""The PostSync smoke test, with a stand-in API server and one server behind every pod's address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.smoke.client import Client, Failed
from tests.smoke.cluster import Cluster, Pod, read_pod
from tests.smoke.expected import Expected
from tests.smoke.service import check_pod, prove_service, wait_rollout
from tests.unit.kubernetes_stand_in import ApiServer, serve_api
from tests.unit.smoke.conftest import MODEL, REVISION
from tests.unit.smoke.stand_in import StandIn, serve

PODS = "/api/v1/namespaces/catdog/pods?labelSelector=app%3Disvc.catdog-predictor"
SERVICE = "/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/catdog"


def pod(name: str, tag: str = REVISION, ready: bool = True, **status: Any) -> dict[str, Any]:
    container = {"name": "kserve-container", "image": f"ghcr.io/catdog-team/catdog:{tag}"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "sidecar", "image": "sidecar:1"}, container]},
        "status": {"podIP": "127.0.0.1", "phase": "Running", "conditions": conditions, **status},
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
    assert cluster.list_pods() == [Pod(name, "127.0.0.1", REVISION, True, "ready") for name in "ab"]
    assert cluster.min_replicas() == 2


def test_the_state_of_a_pod() -> None:
    waiting = {"name": "kserve-container", "state": {"waiting": {"reason": "ErrImagePull"}}}
    assert read_pod(pod("a", ready=False, containerStatuses=[waiting])).state == "ErrImagePull"
    assert read_pod(pod("a", ready=False)).state == "Running"
    assert read_pod({**pod("a"), "status": {}}) == Pod("a", "", REVISION, False, "Pending")


def test_an_api_server_that_refuses_or_is_gone(
    api: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.refusal = 403
    with pytest.raises(Failed, match=r"^the API server answers 403 to /api/v1/namespaces/catdog/pods"):
        cluster.list_pods()
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    with pytest.raises(Failed, match=r"^the API server gives no answer: "):
        cluster.list_pods()


def test_the_rollout_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    assert [pod.name for pod in wait_rollout(cluster, REVISION)] == ["a", "b"]
    for items, reason in (
        ([pod("a"), pod("old", "2" * 40)], f"old ({'2' * 12}) ready"),
        ([pod("a"), pod("b", ready=False)], f"b ({'1' * 12}) Running"),
        ([pod("a")], "1 of 2 pods"),
    ):
        api.objects[PODS] = {"items": items}
        with pytest.raises(Failed) as failed:
            wait_rollout(cluster, REVISION, seconds=0)
        assert str(failed.value) == f"after 0 s not every pod is ready and of this commit: {reason}"
    api.refusal = 500
    with pytest.raises(Failed, match="the API server answers 500"):
        wait_rollout(cluster, REVISION, seconds=0.1)


def test_green(cluster: Cluster, client: Client, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove_service(client, MODEL, REVISION, cluster, server.port) == 0
    table = capsys.readouterr().out
    assert f"GREEN: all 19 checks hold for {REVISION}, on the service and on 2 pods." in table
    assert "service  one revision  ok    12 of 12 answers from 111111111111\n" in table
    assert "b        golden        ok    " in table


def test_a_pod_of_another_revision_behind_the_service(
    cluster: Cluster, server: StandIn, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(StandIn(expected, revision="2" * 40)) as other:
        assert prove_service(Client(other.url), MODEL, REVISION, cluster, server.port) == 1
    table = capsys.readouterr().out
    assert "service  one revision  FAIL  the server is of revision 2222" in table
    assert f"RED: 3 of 19 checks failed for {REVISION}. First: service: health: the server is of revision" in table


def test_a_pod_that_was_removed_meanwhile(api: ApiServer, cluster: Cluster, expected: Expected) -> None:
    nobody = Client("http://127.0.0.1:1", timeout=1)
    assert [row.holds for row in check_pod(nobody, "a", expected, cluster)] == [False] * 6
    api.objects[PODS] = {"items": [pod("b")]}
    (row,) = check_pod(nobody, "a", expected, cluster)
    assert (row.holds, row.seen) == (True, "scaled in during the test")
