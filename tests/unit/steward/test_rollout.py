"""What the steward concludes from pods and from the Application."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from application import is_superseded, needs_proof, proof_operation
from rollout import find_trouble

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
def test_trouble(one: dict[str, Any], reason: str, words: str) -> None:
    trouble = find_trouble(deployment(), SETS, [pod("old", 900, running(890), ready=True), one], NOW)
    assert trouble is not None
    assert trouble.reason == reason
    assert words in trouble.message
    assert trouble.message.startswith("new-x: ")


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
def test_no_trouble(one: dict[str, Any]) -> None:
    assert find_trouble(deployment(), SETS, [one], NOW) is None


def test_a_pod_that_fails_after_the_rollout_is_not_the_rollouts_failure() -> None:
    assert find_trouble(deployment("NewReplicaSetAvailable"), SETS, [pod("new", 500, CRASHED)], NOW) is None


def application(phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy") -> dict[str, Any]:
    operation = {"phase": phase, "syncResult": {"revision": synced}, "startedAt": "2026-01-31T12:00:00Z"}
    status = {
        "operationState": operation,
        "sync": {"revision": newest, "status": sync},
        "health": {"status": health},
        "reconciledAt": "2026-01-31T12:00:05Z",
    }
    policy = {"automated": {"prune": True}, "syncOptions": ["ServerSideApply=true"], "retry": {"limit": 2}}
    return {"spec": {"syncPolicy": policy}, "status": status}


def test_superseded() -> None:
    assert is_superseded(application("Running", "bad", "fix"))
    assert not is_superseded(application("Running", "fix", "fix"))
    assert not is_superseded(application("Failed", "bad", "fix"))
    early = application("Running", "fix", "bad")
    early["status"]["reconciledAt"] = "2026-01-31T11:59:59Z"  # what Argo CD compared with before this sync began
    assert not is_superseded(early)


def test_needs_proof() -> None:
    assert needs_proof(application("Failed", "bad", "revert"))
    assert not needs_proof(application("Failed", "bad", "bad"))
    assert not needs_proof(application("Succeeded", "bad", "revert"))
    assert not needs_proof(application("Failed", "bad", "revert", sync="OutOfSync"))
    assert not needs_proof(application("Failed", "bad", "revert", health="Degraded"))
    assert not needs_proof({**application("Failed", "bad", "revert"), "operation": {}})


def test_proof_operation() -> None:
    operation = proof_operation(application("Failed", "bad", "revert"))
    assert operation["sync"] == {"revision": "revert", "prune": True, "syncOptions": ["ServerSideApply=true"]}
    assert operation["retry"] == {"limit": 2}
