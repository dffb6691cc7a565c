"""What the steward concludes from pods."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from argocd.steward.rollout import GATE_PREFIX, find_failure

PROJECT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def deployment(reason: str = "ReplicaSetUpdated") -> dict[str, Any]:
    conditions = [{"type": "Progressing", "status": "True", "reason": reason}, {"type": "Available", "status": "True"}]
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
CREATING = {"state": {"waiting": {"reason": "ContainerCreating"}}}


def running(seconds: float) -> dict[str, Any]:
    return {"state": {"running": {"startedAt": (NOW - timedelta(seconds=seconds)).isoformat()}}}


@pytest.mark.parametrize(
    ("one", "reason", "words"),
    [
        (pod("new", 2, MISSING), "ErrImagePull", "not found"),
        (pod("new", 30, PULLING), "ErrImagePull", "connection reset"),
        (pod("new", 5, CRASHED), "Error", "exit status 1: no model"),
        (pod("new", 9, REFUSED), "GateFailed", "not fit for traffic: slow"),
        (pod("new", 5, KILLED), "OOMKilled", "exit status 137: it left no message"),
        (pod("new", 300, running(61)), "NotReady", "not ready after 60 s"),
        (pod("new", 601, CREATING), "NotReady", "not ready after 600 s"),
        (pod("new", 61, {}, conditions=[NO_ROOM]), "Unschedulable", "no node has room"),
    ],
)
def test_failure(one: dict[str, Any], reason: str, words: str) -> None:
    failure = find_failure(deployment(), SETS, [pod("old", 900, running(890), ready=True), one], NOW)
    assert failure is not None
    assert failure.reason == reason
    assert words in failure.message
    assert failure.message.startswith("new-x: ")


@pytest.mark.parametrize(
    "one",
    [
        pod("new", 2, PULLING),
        pod("new", 500, CREATING),
        pod("new", 300, running(20)),  # its image is large
        pod("new", 500, CRASHED, ready=True),
        pod("old", 500, CRASHED),
    ],
)
def test_no_failure(one: dict[str, Any]) -> None:
    assert find_failure(deployment(), SETS, [one], NOW) is None


def test_a_pod_that_fails_after_the_rollout_is_not_the_rollouts_failure() -> None:
    assert find_failure(deployment("NewReplicaSetAvailable"), SETS, [pod("new", 500, CRASHED)], NOW) is None


def test_nothing_to_look_at() -> None:
    assert find_failure(deployment(), [], [pod("new", 500, CRASHED)], NOW) is None
    leaving = pod("new", 500, CRASHED)
    leaving["metadata"]["deletionTimestamp"] = NOW.isoformat()
    assert find_failure(deployment(), SETS, [leaving], NOW) is None


def test_the_gate_begins_as_the_steward_expects() -> None:
    assert f'"{GATE_PREFIX}: ' in (PROJECT / "tests/smoke/gate.py").read_text()
