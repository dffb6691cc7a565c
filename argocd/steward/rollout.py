"""Is the rollout failing, and why? KServe does not report it while the previous version still serves; the pods do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

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
PULL_SECONDS = 20  # a registry may fail for a moment; "not found" is final at once
READY_SECONDS = 60  # the pod's own gate waits 28 for its server
CREATE_SECONDS = 600  # the first pull of a large image
GATE_PREFIX = "not fit for traffic"  # how the gate's message begins, tests/smoke/gate.py


class RolloutFailure(NamedTuple):
    """Why a pod will not get ready."""

    reason: str
    message: str


def find_failure(
    deployment: Object, replicasets: Sequence[Object], pods: Sequence[Object], now: datetime
) -> RolloutFailure | None:
    """Returns the first reason why the newest ReplicaSet does not take over; None if it does, or still may."""
    if is_complete(deployment) or not replicasets:
        return None
    newest = max(replicasets, key=revision_number)["metadata"]["name"]
    for pod in pods:
        owners = [owner["name"] for owner in pod["metadata"].get("ownerReferences", [])]
        if newest in owners and "deletionTimestamp" not in pod["metadata"]:
            failure = pod_failure(pod, now)
            if failure:
                return RolloutFailure(failure.reason, f"{pod['metadata']['name']}: {failure.message}"[:1000])
    return None


def is_complete(deployment: Object) -> bool:
    """The newest ReplicaSet is the only one, and available."""
    status = conditions(deployment)
    is_observed = deployment.get("status", {}).get("observedGeneration") == deployment["metadata"]["generation"]
    has_rolled_out = status.get("Progressing", {}).get("reason") == "NewReplicaSetAvailable"
    is_available = status.get("Available", {}).get("status") == "True"
    return bool(is_observed and has_rolled_out and is_available)


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


def pod_failure(pod: Object, now: datetime) -> RolloutFailure | None:
    """Returns what keeps this pod from getting ready, if that is final or has lasted too long."""
    status = conditions(pod)
    if status.get("Ready", {}).get("status") == "True":
        return None
    age = seconds_since(pod["metadata"]["creationTimestamp"], now)
    for container in container_statuses(pod):
        failure = container_failure(container, age)
        if failure:
            return failure
    limit = CREATE_SECONDS if is_being_created(pod) else READY_SECONDS
    if min([age, *running_seconds(pod, now)]) <= limit:
        return None
    scheduled = status.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return RolloutFailure(scheduled.get("reason", "Unschedulable"), scheduled.get("message", ""))
    return RolloutFailure("NotReady", f"not ready after {limit} s")


def seconds_since(moment: str, now: datetime) -> float:
    """Seconds from `moment`, an RFC 3339 time as Kubernetes writes it, to `now`."""
    return (now - datetime.fromisoformat(moment)).total_seconds()


def running_seconds(pod: Object, now: datetime) -> list[float]:
    """How long each container has been running: the time to pull an image does not count as time to get ready."""
    states = [container.get("state", {}) for container in container_statuses(pod)]
    return [seconds_since(state["running"]["startedAt"], now) for state in states if "running" in state]


def is_being_created(pod: Object) -> bool:
    """Its image is being pulled, or its volumes are being mounted."""
    waiting = [container.get("state", {}).get("waiting", {}) for container in container_statuses(pod)]
    return any(state.get("reason") == "ContainerCreating" for state in waiting)


def container_failure(container: Object, age: float) -> RolloutFailure | None:
    """Returns why a container cannot start or has ended; `age` is its pod's, in seconds."""
    waiting = container.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    is_pull_final = reason in PULL_REASONS and (age > PULL_SECONDS or "not found" in message)
    if reason in PERMANENT_REASONS or is_pull_final:
        return RolloutFailure(reason, message)
    ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
    if not ended:
        return None
    text = " ".join(ended.get("message", "").split())[-800:] or "it left no message"
    if text.startswith(GATE_PREFIX):  # the server itself ended in good order, so its exit status tells nothing
        return RolloutFailure("GateFailed", text)
    return RolloutFailure(ended.get("reason", "Error"), f"exit status {ended.get('exitCode')}: {text}")
