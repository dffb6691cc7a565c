"""What the steward writes: the rollout's failure into the InferenceService, and a sync's end or beginning into the
Application. It keeps no state but the last observation, so it can be restarted at any time.
"""

from datetime import UTC, datetime
from typing import Any

from argocd.steward.api import Api
from argocd.steward.application import ApplicationState, is_sync_outdated, needs_proof, proof_operation
from argocd.steward.names import APPLICATION, DEPLOYMENT, DEPLOYMENTS, PODS, SELECTOR, SERVICE, STEWARD
from argocd.steward.rollout import RolloutProblem, find_problem, seconds_since

CONDITION = "RolloutFailed"
RENEW_SECONDS = 10  # the health check ignores a condition that is older than the last change of the spec

Condition = dict[str, Any]


def report_rollout(api: Api) -> str | None:
    """Writes the condition RolloutFailed while the newest pods do not get ready, and removes it when they do.

    Returns:
        The reason that it wrote, "Recovered" if it removed one, or None if there was nothing to change.
    """
    service, deployment = api.get(SERVICE), api.get(DEPLOYMENT)
    if service is None or deployment is None:
        return None
    now = datetime.now(UTC)
    replicasets = api.get(f"{DEPLOYMENTS}/replicasets?{SELECTOR}")["items"]
    pods = api.get(f"{PODS}?{SELECTOR}")["items"]
    desired = to_condition(find_problem(deployment, replicasets, pods, now, api.silent_at), now)
    conditions = service.get("status", {}).get("conditions", [])
    present = next((c for c in conditions if c["type"] == CONDITION), None)
    if is_current(present, desired, now):
        return None
    others = [c for c in conditions if c["type"] != CONDITION]
    change = {
        "metadata": {"resourceVersion": service["metadata"]["resourceVersion"]},
        "status": {"conditions": others + ([desired] if desired else [])},
    }
    api.patch(f"{SERVICE}/status", change)
    print("rollout:", f"{desired['reason']}: {desired['message']}" if desired else "no longer failing", flush=True)
    return desired["reason"] if desired else "Recovered"


def to_condition(problem: RolloutProblem | None, now: datetime) -> Condition | None:
    """The condition that tells of this problem: True if the commit is to blame, Unknown if that cannot be told."""
    if problem is None:
        return None
    return {
        "type": CONDITION,
        "status": "True" if problem.is_fault else "Unknown",
        "severity": "Info",
        "reason": problem.reason,
        "message": problem.message,
        "lastTransitionTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def is_current(present: Condition | None, desired: Condition | None, now: datetime) -> bool:
    """Whether the condition that is there says the same, and is recent enough to be believed."""
    if present is None or desired is None:
        return present is desired
    is_same = all(present[field] == desired[field] for field in ("status", "reason", "message"))
    return is_same and seconds_since(present["lastTransitionTime"], now) < RENEW_SECONDS


class SyncSupervisor:
    """Ends a sync that git has moved on from, and starts one for a revert that nothing has proven.

    It acts when two observations in a row agree, because Argo CD may be about to do the same.
    """

    def __init__(self) -> None:
        self.last_finding: str | None = None

    def reconcile(self, api: Api) -> str | None:
        """Observes the Application once, and patches it if the previous observation was the same.

        Returns:
            What it did, "superseded" or "unproven", or None.
        """
        application = api.get(APPLICATION)
        if application is None:
            return None
        finding, change = find_change(application)
        if finding is None or finding != self.last_finding:
            self.last_finding = finding
            return None
        self.last_finding = None
        version = application["metadata"]["resourceVersion"]
        api.patch(APPLICATION, {"metadata": {"resourceVersion": version}, **change})
        print(f"application: {finding}", flush=True)
        return finding.split()[0]


def find_change(application: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Returns what is wrong with the Application and the change that puts it right; None and {} if nothing is."""
    state = ApplicationState.read(application)
    if is_sync_outdated(state):
        return f"superseded {state.revision}", {"status": {"operationState": {"phase": "Terminating"}}}
    if needs_proof(state):
        return f"unproven {state.revision}", {"operation": proof_operation(application, STEWARD)}
    return None, {}
