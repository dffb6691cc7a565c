"""What the steward concludes from pods."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argocd.steward.rollout import GATE_PREFIX, find_problem
from argocd.steward.time_limits import VERDICT_SECONDS
from tests.smoke.gate import UNFIT

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def deployment(reason: str = "ReplicaSetUpdated", seconds: float = 1) -> dict[str, Any]:
    progress = {"type": "Progressing", "status": "True", "reason": reason}
    progress["lastUpdateTime"] = (NOW - timedelta(seconds=seconds)).isoformat()
    conditions = [progress, {"type": "Available", "status": "True"}]
    return {"metadata": {"generation": 2}, "status": {"observedGeneration": 2, "conditions": conditions}}


def replicaset(name: str, number: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": {"deployment.kubernetes.io/revision": str(number)}}}


def pod(owner: str, seconds: float, state: dict[str, Any], ready: bool = False, **status: Any) -> dict[str, Any]:
    metadata = {
        "name": f"{owner}-x",
        "ownerReferences": [{"name": owner}],
        "creationTimestamp": (NOW - timedelta(seconds=seconds)).isoformat(),
    }
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": metadata, "status": {"conditions": conditions, "containerStatuses": [state], **status}}


SETS = [replicaset("old", 9), replicaset("new", 10)]  # ten is later than nine, also as text
PULLING = {"state": {"waiting": {"reason": "ErrImagePull", "message": "connection reset"}}}
MISSING = {"state": {"waiting": {"reason": "ErrImagePull", "message": "x:y: not found"}}}
CRASHED = {
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"reason": "Error", "exitCode": 1, "message": "no\nmodel"}},
}
REFUSED = {"lastState": {"terminated": {"reason": "Completed", "exitCode": 0, "message": "not fit for traffic: slow"}}}
KILLED = {"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
NO_ROOM = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node has room"}
NODE_LOST = [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
NODE_RESTARTED = {"lastState": {"terminated": {"reason": "Unknown", "exitCode": 255}}}
CREATING = {"state": {"waiting": {"reason": "ContainerCreating"}}}


def running(seconds: float) -> dict[str, Any]:
    return {"state": {"running": {"startedAt": (NOW - timedelta(seconds=seconds)).isoformat()}}}


@pytest.mark.parametrize(
    ("one", "reason", "words"),
    [
        (pod("new", 2, MISSING), "ErrImagePull", "not found"),
        (pod("new", 5, CRASHED), "Error", "exit status 1: no model"),
        (pod("new", 9, REFUSED), "GateFailed", "not fit for traffic: slow"),
        (pod("new", 5, KILLED), "OOMKilled", "exit status 137: it left no message"),
        (pod("new", 300, running(46)), "NotReady", "not ready after 45 s"),
    ],
)
def test_fault(one: dict[str, Any], reason: str, words: str) -> None:
    problem = find_problem(deployment(), SETS, [pod("old", 900, running(890), ready=True), one], NOW, LONG_AGO)
    assert problem is not None
    assert problem.is_fault
    assert problem.reason == reason
    assert words in problem.message
    assert problem.message.startswith("new-x: ")


@pytest.mark.parametrize(
    ("one", "reason", "words"),
    [
        (pod("new", 30, PULLING), "ErrImagePull", "connection reset"),
        (pod("new", 601, CREATING), "NotCreated", "not created after 600 s"),
        (pod("new", 601, {}, containerStatuses=[CREATING, running(600)]), "NotCreated", "not created after 600 s"),
        (pod("new", 61, {}, conditions=[NO_ROOM]), "Unschedulable", "no node has room"),
        (pod("new", 300, running(61), conditions=NODE_LOST), "NodeLost", "does not report"),
    ],
)
def test_what_is_not_the_commits_fault(one: dict[str, Any], reason: str, words: str) -> None:
    problem = find_problem(deployment(), SETS, [one], NOW, LONG_AGO)
    assert problem is not None
    assert not problem.is_fault
    assert problem.reason == reason
    assert words in problem.message


def test_a_fault_is_told_before_what_is_none() -> None:
    pods = [pod("new", 61, {}, conditions=[NO_ROOM]), pod("new", 5, CRASHED), pod("new", 30, PULLING)]
    problem = find_problem(deployment(), SETS, pods, NOW, LONG_AGO)
    assert problem is not None
    assert problem.reason == "Error"


@pytest.mark.parametrize(
    "one",
    [
        pod("new", 2, PULLING),
        pod("new", 500, CREATING),
        pod("new", 5, {}, conditions=[NO_ROOM]),
        pod("new", 300, running(20)),  # its image is large
        pod("new", 500, CRASHED, ready=True),
        pod("old", 500, CRASHED),
        pod("new", 500, KILLED, phase="Failed"),  # evicted: another one takes its place
        pod("new", 500, KILLED, phase="Succeeded"),  # its node was shut down
        pod("new", 20, NODE_RESTARTED),
    ],
)
def test_no_problem(one: dict[str, Any]) -> None:
    assert find_problem(deployment(), SETS, [one], NOW, LONG_AGO) is None


def test_a_pod_that_fails_after_the_rollout_is_not_the_rollouts_failure() -> None:
    complete = deployment("NewReplicaSetAvailable", VERDICT_SECONDS + 1)
    assert find_problem(complete, SETS, [pod("new", 500, CRASHED)], NOW, LONG_AGO) is None
    # with maxUnavailable 0 one missing replica is enough: a scale-out, or a lost node
    complete["status"]["conditions"][1]["status"] = "False"
    assert find_problem(complete, SETS, [pod("new", 61, {}, conditions=[NO_ROOM])], NOW, LONG_AGO) is None


def test_a_pod_that_was_called_ready_for_a_moment_is_still_the_rollouts_failure() -> None:
    """By a kubelet that restarted while the pod started."""
    problem = find_problem(deployment("NewReplicaSetAvailable", 60), SETS, [pod("new", 70, REFUSED)], NOW, LONG_AGO)
    assert problem is not None
    assert (problem.reason, problem.is_fault) == ("GateFailed", True)


def test_nothing_to_look_at() -> None:
    assert find_problem(deployment(), [], [pod("new", 500, CRASHED)], NOW, LONG_AGO) is None
    leaving = pod("new", 500, CRASHED)
    leaving["metadata"]["deletionTimestamp"] = NOW.isoformat()
    assert find_problem(deployment(), SETS, [leaving], NOW, LONG_AGO) is None


def test_the_gate_begins_as_the_steward_expects() -> None:
    assert GATE_PREFIX == UNFIT


@pytest.mark.parametrize(("seconds", "is_late"), [(44, False), (46, True)])
def test_while_the_api_server_is_silent_no_pod_can_say_that_it_is_ready(seconds: float, is_late: bool) -> None:
    silent_at = NOW - timedelta(seconds=seconds)
    problem = find_problem(deployment(), SETS, [pod("new", 130, running(120))], NOW, silent_at)
    assert (problem is not None) == is_late
