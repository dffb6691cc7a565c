"""Is the rollout failing, and why? KServe does not report it while the previous version still serves; the pods do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from argocd.steward.time_limits import (
    CREATE_SECONDS,
    PULL_SECONDS,
    READY_SECONDS,
    SCHEDULE_SECONDS,
    VERDICT_SECONDS,
)

Object = Mapping[str, Any]  # a Kubernetes object

# waiting reasons that no amount of time changes
PERMANENT_REASONS = {
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}
PULL_REASONS = {"ErrImagePull", "ImagePullBackOff"}
LOST_REASONS = {"ContainerStatusUnknown", "Unknown"}  # the node or its runtime was restarted
ENDED_PHASES = {"Failed", "Succeeded"}  # evicted, or on a node that was shut down; such a pod stays listed
GATE_PREFIX = "not fit for traffic"  # how the gate's message begins, tests/smoke/gate.py


class RolloutProblem(NamedTuple):
    """Why a pod does not get ready."""

    reason: str
    message: str
    is_fault: bool
    """Whether the commit is to blame. If not, the rollout ends well once the cause is gone."""


def find_problem(
    deployment: Object, replicasets: Sequence[Object], pods: Sequence[Object], now: datetime, silent_at: datetime
) -> RolloutProblem | None:
    """Returns why the newest ReplicaSet does not take over, faults first; None if it does, or still may.

    Args:
        deployment: KServe's, of the predictor.
        replicasets: its.
        pods: theirs.
        now: the time.
        silent_at: when the API server gave no answer for the last time; then no kubelet could say that a pod is ready.
    """
    if is_over(deployment, now) or not replicasets:
        return None
    newest = max(replicasets, key=revision_number)["metadata"]["name"]
    found = []
    for pod in pods:
        owners = [owner["name"] for owner in pod["metadata"].get("ownerReferences", [])]
        if newest in owners and "deletionTimestamp" not in pod["metadata"]:
            problem = pod_problem(pod, now, silent_at)
            if problem:
                message = f"{pod['metadata']['name']}: {problem.message}"[:1000]
                found.append(problem._replace(message=message))
    return max(found, key=lambda problem: problem.is_fault, default=None)


def is_over(deployment: Object, now: datetime) -> bool:
    """The newest ReplicaSet took over a while ago. What happens to pods later is not the rollout's.

    Not at once: a kubelet that restarts calls containers ready that never were (kubernetes #142305).
    """
    progress = conditions(deployment).get("Progressing", {})
    is_observed = deployment.get("status", {}).get("observedGeneration") == deployment["metadata"]["generation"]
    if not is_observed or progress.get("reason") != "NewReplicaSetAvailable":
        return False
    return seconds_since(progress["lastUpdateTime"], now) > VERDICT_SECONDS


def conditions(thing: Object) -> dict[str, Any]:
    """The conditions of an object's status, by type."""
    return {condition["type"]: condition for condition in thing.get("status", {}).get("conditions", [])}


def container_statuses(pod: Object) -> list[Any]:
    """The statuses of a pod's containers; none before the kubelet has written them."""
    statuses: list[Any] = pod.get("status", {}).get("containerStatuses", [])
    return statuses


def revision_number(replicaset: Object) -> int:
    """The number that the Deployment gave it; a ReplicaSet that is used again gets a new one."""
    return int(replicaset["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", 0))


def pod_problem(pod: Object, now: datetime, silent_at: datetime) -> RolloutProblem | None:
    """Returns what keeps this pod from getting ready, if that is final or has lasted too long."""
    status = conditions(pod)
    is_ended = pod.get("status", {}).get("phase") in ENDED_PHASES
    if is_ended or status.get("Ready", {}).get("status") == "True":
        return None
    age = seconds_since(pod["metadata"]["creationTimestamp"], now)
    scheduled = status.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        if age <= SCHEDULE_SECONDS:
            return None
        return RolloutProblem(scheduled.get("reason", "Unschedulable"), scheduled.get("message", ""), is_fault=False)
    if status.get("ContainersReady", {}).get("status") == "True":
        return RolloutProblem("NodeLost", "its node does not report", is_fault=False)
    for container in container_statuses(pod):
        problem = container_problem(container, age)
        if problem:
            return problem
    return lateness(pod, age, now, silent_at)


def lateness(pod: Object, age: float, now: datetime, silent_at: datetime) -> RolloutProblem | None:
    """Returns that the pod takes too long, if it does: to be created, which is the node's work, or to get ready."""
    running = running_seconds(pod, now)
    is_created = 0 < len(running) == len(container_statuses(pod))
    if is_created and min(*running, (now - silent_at).total_seconds()) > READY_SECONDS:
        return RolloutProblem("NotReady", f"not ready after {READY_SECONDS} s", is_fault=True)
    if not is_created and age > CREATE_SECONDS:
        return RolloutProblem("NotCreated", f"not created after {CREATE_SECONDS} s", is_fault=False)
    return None


def seconds_since(moment: str, now: datetime) -> float:
    """Seconds from `moment`, an RFC 3339 time as Kubernetes writes it, to `now`."""
    return (now - datetime.fromisoformat(moment)).total_seconds()


def running_seconds(pod: Object, now: datetime) -> list[float]:
    """How long each container has been running: the time to pull an image does not count as time to get ready."""
    states = [container.get("state", {}) for container in container_statuses(pod)]
    return [seconds_since(state["running"]["startedAt"], now) for state in states if "running" in state]


def container_problem(container: Object, age: float) -> RolloutProblem | None:
    """Returns why a container cannot start or has ended; `age` is its pod's, in seconds."""
    waiting = container.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    if reason in PULL_REASONS:
        is_missing = "not found" in message  # what else a registry says may pass
        return RolloutProblem(reason, message, is_missing) if is_missing or age > PULL_SECONDS else None
    if reason in PERMANENT_REASONS:
        return RolloutProblem(reason, message, is_fault=True)
    ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
    if not ended or ended.get("reason") in LOST_REASONS:
        return None
    text = " ".join(ended.get("message", "").split())[-800:] or "it left no message"
    if text.startswith(GATE_PREFIX):  # the server itself ended in good order, so its exit status tells nothing
        return RolloutProblem("GateFailed", text, is_fault=True)
    return RolloutProblem(ended.get("reason", "Error"), f"exit status {ended.get('exitCode')}: {text}", is_fault=True)
