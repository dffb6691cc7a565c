"""Objects of the stand-in API server."""

from typing import Any

REVISION = "1" * 40
PODS = "/api/v1/namespaces/catdog/pods?labelSelector=app%3Disvc.catdog-predictor"
NO_ROOM = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
NODE_LOST = [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
SERVICE = "/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/catdog"


def pod(name: str, tag: str = REVISION, ready: bool = True, **status: Any) -> dict[str, Any]:
    container = {"name": "kserve-container", "image": f"ghcr.io/catdog-team/catdog:{tag}"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    running = {"name": "kserve-container", "state": {"running": {}}}
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "sidecar", "image": "sidecar:1"}, container]},
        "status": {"podIP": "127.0.0.1", "phase": "Running", "conditions": conditions}
        | {"containerStatuses": [running], **status},
    }
