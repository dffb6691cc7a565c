"""Which pods the smoke test asks, and how long it waits for them."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.smoke.client import Failed
from tests.smoke.cluster import Cluster, Pod, Pods, Unavailable, read_pod
from tests.smoke.rollout import wait_change, wait_rollout
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import NO_ROOM, NODE_LOST, PODS, SERVICE, leaving, pod, waiting


def test_pods_that_are_being_deleted_do_not_count(api: ApiServer, cluster: Cluster) -> None:
    api.objects[PODS]["items"].append(leaving("c"))
    assert cluster.read_pods() == Pods(
        [Pod(name, "127.0.0.1", str(IMAGE), True, True, True, "ready", 0) for name in "ab"], {"c"}
    )
    assert cluster.min_replicas() == 2


def test_the_state_of_a_pod() -> None:
    def read(**changes: Any) -> Pod:
        return read_pod(pod("a", **changes))

    assert read(ready=False, containerStatuses=[waiting("ErrImagePull")]).state == "ErrImagePull"
    assert read(ready=False).state == "Running"
    assert read_pod({**pod("a"), "status": {}}) == Pod("a", "", str(IMAGE), True, False, False, "Pending", 0)


def test_the_judge_beside_the_server_counts_too() -> None:
    """It ends when the server is not fit for traffic; its own image is not the pod's."""
    server = pod("a")["status"]["containerStatuses"][1]
    ended = waiting("CrashLoopBackOff", lastState={"terminated": {"exitCode": 1}}, restartCount=2) | {"name": "judge"}
    judged = read_pod(pod("a", ready=False, containerStatuses=[ended, server]))
    assert (judged.state, judged.has_started, judged.restarts) == ("CrashLoopBackOff", True, 2)
    assert judged.image == str(IMAGE)
    pulled = waiting("ContainerCreating") | {"name": "judge"}
    assert not read_pod(pod("a", ready=False, containerStatuses=[pulled, server])).has_started


@pytest.mark.parametrize(("reason", "restarts"), [("Error", 3), ("Unknown", 0), ("ContainerStatusUnknown", 0)])
def test_a_node_that_was_restarted_is_not_the_pods_fault(reason: str, restarts: int) -> None:
    again = {"name": "kserve-container", "state": {"running": {}}, "restartCount": 3}
    again["lastState"] = {"terminated": {"reason": reason}}
    assert read_pod(pod("a", containerStatuses=[again])).restarts == restarts


def test_a_condition(api: ApiServer, cluster: Cluster) -> None:
    assert cluster.condition_message("PhotoCost") is None
    api.objects[SERVICE]["status"] = {"conditions": [{"type": "Ready"}, {"type": "PhotoCost", "message": "4 ms"}]}
    assert cluster.condition_message("PhotoCost") == "4 ms"
    assert cluster.condition_message("Ready") == ""
    assert cluster.condition_message("Proven") is None


def test_an_api_server_that_refuses_or_is_gone(
    api: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.refusal = 403
    with pytest.raises(Unavailable, match=r"^the API server answers 403 to /api/v1/namespaces/catdog/pods"):
        cluster.read_pods()
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    with pytest.raises(Unavailable, match=r"^the API server gives no answer: "):
        cluster.read_pods()


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
    api.objects[PODS]["items"].append(pod("c", ready=False, containerStatuses=[waiting("ContainerCreating")]))
    timer = threading.Timer(1.2, lambda: api.objects.update({PODS: {"items": [pod("a"), pod("b"), pod("c")]}}))
    timer.start()
    try:
        assert len(wait_rollout(cluster, IMAGE, seconds=0.3)) == 3
    finally:
        timer.join()


def test_a_container_that_ends_again_and_again_is_not_waited_for(api: ApiServer, cluster: Cluster) -> None:
    ended = waiting("CrashLoopBackOff", restartCount=1, lastState={"terminated": {"exitCode": 1}})
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
    assert capsys.readouterr().out.count(f"waiting: {words}") == 1  # said once


def test_a_change_of_the_pods_is_waited_for(api: ApiServer, cluster: Cluster) -> None:
    pods = cluster.read_pods().live
    assert not wait_change(cluster, pods, seconds=0)
    api.objects[PODS] = {"items": [pod("a")]}
    assert wait_change(cluster, pods, seconds=0)
