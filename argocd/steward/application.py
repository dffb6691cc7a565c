"""Two decisions about the Application that Argo CD leaves to a person."""

from typing import Any


def is_superseded(application: Any) -> bool:
    """A sync is running, and git has moved on: its outcome no longer matters, and it would hold up the newer commit."""
    status = application.get("status", {})
    operation = status.get("operationState", {})
    newest, running = status.get("sync", {}).get("revision"), synced_revision(operation)
    # the comparison with git must be younger than the sync, or the sync may be the one that knows more
    is_known = status.get("reconciledAt", "") > operation.get("startedAt", "~")
    return bool(operation.get("phase") == "Running" and is_known and newest and running and newest != running)


def needs_proof(application: Any) -> bool:
    """Git went back to what is deployed already, so Argo CD sees nothing to do: but the last verdict is a failure."""
    status = application.get("status", {})
    operation = status.get("operationState", {})
    return (
        operation.get("phase") in ("Failed", "Error")
        and "operation" not in application
        and status.get("sync", {}).get("status") == "Synced"
        and status.get("health", {}).get("status") == "Healthy"
        and synced_revision(operation) != status["sync"].get("revision")
    )


def proof_operation(application: Any) -> dict[str, Any]:
    """The sync that Argo CD would start by itself if something had changed: the smoke test runs in it."""
    policy = application["spec"].get("syncPolicy", {})
    return {
        "initiatedBy": {"username": "catdog-steward"},
        "sync": {
            "revision": application["status"]["sync"]["revision"],
            "prune": policy.get("automated", {}).get("prune", False),
            "syncOptions": policy.get("syncOptions", []),
        },
        "retry": policy.get("retry", {}),
    }


def synced_revision(operation: Any) -> str:
    """Which commit a sync is about."""
    return operation.get("syncResult", {}).get("revision") or operation.get("operation", {}).get("sync", {}).get(
        "revision", ""
    )
