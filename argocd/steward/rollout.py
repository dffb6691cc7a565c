"""Is the rollout failing, and why? KServe does not say while the previous version still serves; the pods do."""

from datetime import datetime
from typing import Any, NamedTuple

HOPELESS = {
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}
PULLING = {"ErrImagePull", "ImagePullBackOff"}
PULL_SECONDS = 20  # a registry may stumble; "not found" is final at once
READY_SECONDS = 60  # the pod's own gate gives up after 28
CREATED_SECONDS = 600  # the first pull of a large image


class Trouble(NamedTuple):
    """Why a pod will not get ready."""

    reason: str
    message: str


def find_trouble(deployment: Any, replicasets: list[Any], pods: list[Any], now: datetime) -> Trouble | None:
    """The first reason why the newest ReplicaSet is not taking over; None if it does, or still may."""
    if is_complete(deployment) or not replicasets:
        return None
    newest = max(replicasets, key=revision_number)["metadata"]["name"]
    for pod in pods:
        owners = [owner["name"] for owner in pod["metadata"].get("ownerReferences", [])]
        if newest in owners and "deletionTimestamp" not in pod["metadata"]:
            trouble = pod_trouble(pod, now)
            if trouble:
                return Trouble(trouble.reason, f"{pod['metadata']['name']}: {trouble.message}"[:1000])
    return None


def is_complete(deployment: Any) -> bool:
    """The newest ReplicaSet is the only one, and available."""
    status = {c["type"]: c for c in deployment.get("status", {}).get("conditions", [])}
    seen = deployment.get("status", {}).get("observedGeneration") == deployment["metadata"]["generation"]
    rolled_out = status.get("Progressing", {}).get("reason") == "NewReplicaSetAvailable"
    return bool(seen and rolled_out and status.get("Available", {}).get("status") == "True")


def revision_number(replicaset: Any) -> int:
    """Deployments number their ReplicaSets; going back to an old one gives it a new number."""
    return int(replicaset["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", 0))


def pod_trouble(pod: Any, now: datetime) -> Trouble | None:
    """What keeps this pod from getting ready, if it is beyond hope or has had its time."""
    conditions = {c["type"]: c for c in pod.get("status", {}).get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    age = seconds_since(pod["metadata"]["creationTimestamp"], now)
    for container in pod.get("status", {}).get("containerStatuses", []):
        trouble = container_trouble(container, age)
        if trouble:
            return trouble
    limit = CREATED_SECONDS if is_created(pod) else READY_SECONDS
    if min([age, *running_times(pod, now)]) > limit:
        unscheduled = conditions.get("PodScheduled", {})
        if unscheduled.get("status") == "False":
            return Trouble(unscheduled.get("reason", "Unschedulable"), unscheduled.get("message", ""))
        return Trouble("NotReady", f"not ready after {limit} s")
    return None


def seconds_since(moment: str, now: datetime) -> float:
    """Of a time as Kubernetes writes it."""
    return (now - datetime.fromisoformat(moment)).total_seconds()


def running_times(pod: Any, now: datetime) -> list[float]:
    """How long its containers run: pulling a large image takes none of the time that a server has to get ready."""
    states = [c.get("state", {}) for c in pod.get("status", {}).get("containerStatuses", [])]
    return [seconds_since(state["running"]["startedAt"], now) for state in states if "running" in state]


def is_created(pod: Any) -> bool:
    """Its image is being pulled, or its volumes are being mounted."""
    containers = pod.get("status", {}).get("containerStatuses", [])
    return any(c.get("state", {}).get("waiting", {}).get("reason") == "ContainerCreating" for c in containers)


def container_trouble(container: Any, age: float) -> Trouble | None:
    """An image that cannot be had, a container that cannot start, or one that has ended."""
    waiting = container.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    if reason in HOPELESS or (reason in PULLING and (age > PULL_SECONDS or "not found" in message)):
        return Trouble(reason, message)
    ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
    if ended:
        words = " ".join(ended.get("message", "").split())[-800:] or "it left no message"
        if words.startswith("not fit for traffic"):  # the gate's last words; the server itself ended in good order
            return Trouble("GateFailed", words)
        return Trouble(ended.get("reason", "Error"), f"exit status {ended.get('exitCode')}: {words}")
    return None
