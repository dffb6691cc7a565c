"""What the state of Argo CD's Application means: the one definition.

The steward acts on it, hack/verdict reports it, and a test holds the notification triggers against it
(argocd/notifications/configmap.yaml says the same in Argo CD's own expressions).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from argocd.steward.faults import is_refusal

FAILED_PHASES = ("Failed", "Error")
ERROR_CONDITIONS = ("ComparisonError", "InvalidSpecError")
COMMIT = re.compile(r"[0-9a-f]{40}")


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
    refusals: tuple[str, ...]
    """What was said of each object that the last sync could not apply."""
    smoke_test: str
    """How far the last sync's smoke test is: Running, Succeeded, Failed or Error; empty if there was none."""
    is_partial: bool
    """The last sync ran no hooks: of some objects only, as Argo CD's self-heal, or a person's without them or dry."""
    errors: tuple[ErrorCondition, ...]

    @classmethod
    def read(cls, application: Mapping[str, Any]) -> Self:
        """Reads the object that the Kubernetes API returns; {} stands for one that does not exist."""
        name, status = application.get("metadata", {}).get("name", ""), application.get("status", {})
        sync, operation = status.get("sync", {}), status.get("operationState", {})
        results = operation.get("syncResult", {}).get("resources") or []
        asked = operation.get("operation", {}).get("sync", {})
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
            requested_revision=asked.get("revision", ""),
            is_sync_requested="operation" in application,
            refusals=tuple(r.get("message", "") for r in results if r.get("status") == "SyncFailed"),
            smoke_test=next((r.get("hookPhase", "") for r in results if is_smoke_test(r, name)), ""),
            is_partial=bool(asked.get("resources") or asked.get("dryRun")) or "apply" in asked.get("syncStrategy", {}),
            errors=tuple(ErrorCondition(c["message"], c.get("lastTransitionTime", "")) for c in conditions),
        )

    @property
    def operation_revision(self) -> str:
        """The commit that the last sync is about, whether it has a result yet or not."""
        return self.synced_revision or self.requested_revision

    @property
    def is_smoke_test_passed(self) -> bool:
        """The last sync ran the smoke test to a good end."""
        return self.smoke_test == "Succeeded"

    @property
    def lacks_smoke_test(self) -> bool:
        """The last sync succeeded and ran all hooks, and the smoke test was not among them: the commit has none."""
        return self.phase == "Succeeded" and not self.is_partial and not self.smoke_test and self.synced_revision != ""


def is_smoke_test(result: Mapping[str, Any], application: str) -> bool:
    """Whether a sync's result is of the Application's smoke test. A Job that is no hook runs once, and never again."""
    return (result["kind"], result.get("name"), result.get("hookType")) == ("Job", f"{application}-smoke", "PostSync")


def is_settled(state: ApplicationState) -> bool:
    """The last sync succeeded with its smoke test, and the cluster is what git says: reported to GitHub as success."""
    return is_in_order(state) and state.is_smoke_test_passed


def is_in_order(state: ApplicationState) -> bool:
    """The last sync succeeded, with a smoke test or without, and the cluster is what git says."""
    return (state.phase, state.sync_status, state.health) == ("Succeeded", "Synced", "Healthy")


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit. Argo CD names only the branch while git cannot be read or rendered."""
    return COMMIT.fullmatch(revision) is not None


def has_failed(state: ApplicationState) -> bool:
    """The last sync failed, by what its commit says or in its smoke test, or had none; nothing else ended it."""
    if state.is_sync_requested:
        return False
    is_over = state.phase in FAILED_PHASES
    return state.lacks_smoke_test or (is_over and not was_terminated(state) and not met_outage(state))


def is_reported_failed(state: ApplicationState) -> bool:
    """The sync that failed is of what git says now: reported to GitHub, which takes a release back."""
    is_newest = state.synced_revision == state.revision or state.sync_status == "Synced"
    return has_failed(state) and is_newest


def was_terminated(state: ApplicationState) -> bool:
    """The last sync was ended: by the steward or a person, or because it took too long. It proved nothing."""
    return state.phase in FAILED_PHASES and state.message.startswith("Operation terminated")


def met_outage(state: ApplicationState) -> bool:
    """The last sync failed, and nothing says that the commit is wrong. What pods say of themselves does not count."""
    if state.phase not in FAILED_PHASES:
        return False
    if state.refusals:
        return not any(is_refusal(refusal) for refusal in state.refusals)
    return state.phase == "Error" and not is_refusal(state.message)


def is_sync_outdated(state: ApplicationState) -> bool:
    """A sync is running, and git has a newer commit that changes something: the sync only delays that commit."""
    # an older comparison knows less than the sync does
    is_compared = state.started_at != "" and state.compared_at > state.started_at
    is_newer = is_commit(state.revision) and state.operation_revision not in ("", state.revision)
    # Synced would mean that the newer commit is what the sync has applied
    return state.phase == "Running" and is_compared and is_newer and state.sync_status == "OutOfSync"


def needs_proof(state: ApplicationState) -> bool:
    """The last sync proved nothing, and Argo CD will not start another one by itself.

    Either git went back to what is deployed, so that there is nothing to sync; or the sync was ended, or met an
    outage, and Argo CD tries no commit twice; or it ran no hooks.

    Healthy is waited for, because a sync of what is Degraded ends at once. No condition keeps it away for good: False
    is Progressing only while it is about what git says (is_undecided); Proving only while the hook runs; and for a sync
    that runs, and waits for Healthy before its hook, the steward says Syncing, whatever it said before.
    """
    if state.is_sync_requested or not is_commit(state.revision):
        return False
    if state.phase not in FAILED_PHASES:
        return is_in_order(state) and (state.is_partial or (state.lacks_smoke_test and is_undecided(state)))
    if met_outage(state):
        return True
    is_open = is_undecided(state) or was_terminated(state)
    return (state.sync_status, state.health) == ("Synced", "Healthy") and is_open


def is_undecided(state: ApplicationState) -> bool:
    """Git names another commit than the last sync did, and it is deployed as it is: no sync has been about it."""
    is_other = is_commit(state.revision) and state.operation_revision != state.revision
    return is_other and state.sync_status == "Synced"


def proof_operation(application: Mapping[str, Any], initiator: str) -> dict[str, Any]:
    """The `operation` field that starts the sync which Argo CD would start for a change: with hooks and retries.

    The policy that guards the steward (argocd/guard/policy-steward-application.yaml) allows it nothing else.
    """
    policy = application["spec"].get("syncPolicy", {})
    return {
        "initiatedBy": {"username": initiator},
        "sync": {
            "revision": application["status"]["sync"]["revision"],
            "prune": policy.get("automated", {}).get("prune", False),
            "syncOptions": policy.get("syncOptions", []),
        },
        "retry": policy.get("retry", {}),
    }
