"""What the state of Argo CD's Application means: the one definition.

The steward acts on it, hack/verdict reports it, and a test holds the notification triggers against it
(argocd/notifications/configmap.yaml says the same in Argo CD's own expressions).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

FAILED_PHASES = ("Failed", "Error")
ERROR_CONDITIONS = ("ComparisonError", "InvalidSpecError")


@dataclass(frozen=True)
class ErrorCondition:
    """Why Argo CD cannot compare git with the cluster."""

    message: str
    since: str
    """RFC 3339, for example 2026-01-31T12:00:00Z; empty if unknown."""


@dataclass(frozen=True)
class ApplicationState:
    """The fields of an Application that decisions are made from; empty where Argo CD has not written them yet."""

    revision: str
    """The newest revision that Argo CD compared with the cluster: a commit, or the branch if it cannot be rendered."""
    sync_status: str
    """Synced, OutOfSync or Unknown."""
    health: str
    """Healthy, Progressing, Degraded, …"""
    compared_at: str
    """When that comparison was made, RFC 3339."""
    phase: str
    """Phase of the last sync: Running, Succeeded, Failed, Error or Terminating."""
    message: str
    """What the last sync says of itself."""
    started_at: str
    """When the last sync began, RFC 3339."""
    synced_revision: str
    """The commit that the last sync applied; empty before its first result."""
    requested_revision: str
    """The commit that the last sync was asked to apply."""
    is_sync_requested: bool
    """A sync is waiting to begin."""
    errors: tuple[ErrorCondition, ...]

    @classmethod
    def read(cls, application: Mapping[str, Any]) -> Self:
        """Reads the object that the Kubernetes API returns; {} stands for one that does not exist."""
        status = application.get("status", {})
        sync, operation = status.get("sync", {}), status.get("operationState", {})
        conditions = [c for c in status.get("conditions", []) if c["type"] in ERROR_CONDITIONS]
        return cls(
            revision=sync.get("revision", ""),
            sync_status=sync.get("status", ""),
            health=status.get("health", {}).get("status", ""),
            compared_at=status.get("reconciledAt", ""),
            phase=operation.get("phase", ""),
            message=operation.get("message", ""),
            started_at=operation.get("startedAt", ""),
            synced_revision=operation.get("syncResult", {}).get("revision", ""),
            requested_revision=operation.get("operation", {}).get("sync", {}).get("revision", ""),
            is_sync_requested="operation" in application,
            errors=tuple(ErrorCondition(c["message"], c.get("lastTransitionTime", "")) for c in conditions),
        )

    @property
    def operation_revision(self) -> str:
        """The commit that the last sync is about, whether it has a result yet or not."""
        return self.synced_revision or self.requested_revision


def is_settled(state: ApplicationState) -> bool:
    """The last sync succeeded with its smoke test, and the cluster is what git says."""
    return (state.phase, state.sync_status, state.health) == ("Succeeded", "Synced", "Healthy")


def is_green(state: ApplicationState, commit: str) -> bool:
    """The cluster is what `commit` says and no sync is waiting. A commit that changes nothing needs no sync."""
    return is_settled(state) and state.revision == commit and not state.is_sync_requested


def is_proven(state: ApplicationState) -> bool:
    """The newest commit itself was synced and smoke-tested: reported to GitHub as success."""
    return is_settled(state) and state.synced_revision == state.revision


def has_failed(state: ApplicationState, commit: str) -> bool:
    """The last sync applied `commit` and failed, by itself or in its smoke test."""
    return state.phase in FAILED_PHASES and state.synced_revision == commit


def was_terminated(state: ApplicationState) -> bool:
    """The steward ended the last sync because git had a newer commit. A sync that timed out is a failure instead."""
    return state.message.startswith("Operation terminated") and "timeout" not in state.message


def is_sync_outdated(state: ApplicationState) -> bool:
    """A sync is running, and git has a newer commit: its outcome no longer matters, and it delays the newer commit."""
    # an older comparison knows less than the sync does
    is_compared = state.started_at != "" and state.compared_at > state.started_at
    newest, running = state.revision, state.operation_revision
    return state.phase == "Running" and is_compared and newest != "" and running not in ("", newest)


def needs_proof(state: ApplicationState) -> bool:
    """Git went back to what is deployed, so Argo CD sees nothing to sync, but the last sync it made has failed."""
    return (
        state.phase in FAILED_PHASES
        and not state.is_sync_requested
        and (state.sync_status, state.health) == ("Synced", "Healthy")
        and state.operation_revision != state.revision
    )


def proof_operation(application: Mapping[str, Any]) -> dict[str, Any]:
    """The `operation` field that starts the sync which Argo CD would start for a change: with hooks and retries."""
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
