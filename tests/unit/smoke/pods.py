"""Objects of the stand-in API server."""

from typing import Any

from model.settings import NAME

REVISION = "1" * 40
PODS = f"/api/v1/namespaces/catdog/pods?labelSelector=app%3Disvc.{NAME}-predictor"
NO_ROOM = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
NODE_LOST = [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
SERVICE = f"/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/{NAME}"


def pod(name: str, tag: str = REVISION, ready: bool = True, restarts: int = 0, **status: Any) -> dict[str, Any]:
    server = {"name": "kserve-container", "image": f"ghcr.io/catdog-team/catdog:{tag}"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    running = [
        {"name": "judge", "state": {"running": {}}, "restartCount": 0},
        {"name": "kserve-container", "state": {"running": {}}, "restartCount": restarts},
    ]
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "judge", "image": "python:3"}, server]},
        "status": {"podIP": "127.0.0.1", "phase": "Running", "conditions": conditions}
        | {"containerStatuses": running, **status},
    }


def waiting(reason: str, **more: Any) -> dict[str, Any]:
    """The status of a container that does not run."""
    return {"name": "kserve-container", "state": {"waiting": {"reason": reason}}, **more}


def leaving(name: str, tag: str = REVISION) -> dict[str, Any]:
    """A pod that is being deleted."""
    item = pod(name, tag)
    item["metadata"]["deletionTimestamp"] = "2026-11-26T12:00:00Z"
    return item
