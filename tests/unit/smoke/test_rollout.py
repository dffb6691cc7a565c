"""Which pods the smoke test asks, and how long it waits for them."""

import threading
from dataclasses import replace

import pytest

from tests.smoke.client import Failed
from tests.smoke.cluster import Cluster, Pod, Unavailable, read_pod
from tests.smoke.rollout import wait_change, wait_rollout
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import NO_ROOM, NODE_LOST, PODS, pod


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


def test_a_change_of_the_pods_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    pods = cluster.list_pods()
    assert not wait_change(cluster, pods, seconds=0)
    api.objects[PODS] = {"items": [pod("a")]}
    assert wait_change(cluster, pods, seconds=0)
