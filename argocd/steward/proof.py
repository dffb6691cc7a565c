"""What is proven: written into the InferenceService, where a person reads it, from what Argo CD's last sync did."""

import re
from datetime import UTC, datetime
from typing import Any

from argocd.steward.api import Api
from argocd.steward.application import FAILED_PHASES, ApplicationState, is_undecided, was_terminated
from argocd.steward.names import APPLICATION, NAMESPACE, SERVICE, SMOKE_JOB, SMOKE_PODS
from argocd.steward.reconcile import Condition

PROVEN, COST = "Proven", "PhotoCost"
LOGS = f"kubectl logs -n {NAMESPACE} job/{SMOKE_JOB}"
MEASURED = re.compile(r"^cost: (\d+\.\d+) ms$", re.MULTILINE)  # as tests/smoke/service.py writes it


def report_proof(api: Api) -> str | None:
    """Writes the condition Proven, and with a proof the condition PhotoCost; nothing where they say the same already.

    Returns:
        The reason of Proven, or None if there was nothing to change.
    """
    service, application = api.get(SERVICE), api.get(APPLICATION)  # so that no older finding replaces a newer one
    if application is None or service is None:
        return None
    desired = describe(ApplicationState.read(application))
    conditions = service.get("status", {}).get("conditions", [])
    present: Condition = next((c for c in conditions if c["type"] == PROVEN), {})
    if desired is None or all(present.get(field) == desired[field] for field in ("status", "reason", "message")):
        return None
    written = [desired]
    if desired["status"] == "True" and (cost := read_cost(api, desired["message"])):
        written.append(cost)
    others = [c for c in conditions if c["type"] not in {item["type"] for item in written}]
    change = {
        "metadata": {"resourceVersion": service["metadata"]["resourceVersion"]},
        "status": {"conditions": others + written},
    }
    api.patch(f"{SERVICE}/status", change)
    print(f"proof: {desired['reason']}: {desired['message']}", flush=True)
    return str(desired["reason"])


def describe(state: ApplicationState) -> Condition | None:
    """What the last sync says of what runs; None before the first sync."""
    if not state.phase:
        return None
    commit = f"commit {state.operation_revision}"
    if state.phase == "Running":
        # Failed here means that it is tried again: that sync waits for Healthy, and Proving is not
        if state.smoke_test == "Running":
            return condition("Unknown", "Proving", f"{commit}: the smoke test asks and watches its pods")
        return condition("Unknown", "Syncing", f"{commit}: the smoke test has not begun")
    if state.phase == "Succeeded" and state.is_smoke_test_passed:
        return condition("True", "SmokeTestPassed", f"{commit}: every pod passed its checks and the bake")
    if is_undecided(state):
        return condition("Unknown", "NotJudged", f"commit {state.revision}: no smoke test has run for it")
    if state.lacks_smoke_test:
        return condition("False", "NoSmokeTest", f"{commit}: it brings no smoke test (manifests/base/smoke-job.yaml)")
    is_over = state.phase in FAILED_PHASES and not was_terminated(state) and not state.refusals
    if is_over and state.smoke_test in FAILED_PHASES:
        return condition("False", "SmokeTestFailed", f"{commit}: {LOGS} says why")
    return condition("Unknown", "NotJudged", f"{commit}: its sync ended before the smoke test did")


def condition(status: str, reason: str, message: str, kind: str = PROVEN) -> Condition:
    """A condition of now. Knative's conditions, which KServe's are, hide none of severity Info."""
    return {
        "type": kind,
        "status": status,
        "severity": "Info",
        "reason": reason,
        "message": message,
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def read_cost(api: Api, proof: str) -> Condition | None:
    """What a photo costs, as the newest smoke test that ended well measured it; None if it measured nothing."""
    pods = [pod for pod in api.get(SMOKE_PODS)["items"] if pod.get("status", {}).get("phase") == "Succeeded"]
    if not pods:
        return None
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    found = MEASURED.search(said_at_its_end(newest))
    if not found:
        return None
    message = f"{found[1]} ms of processor time a photo, {proof.partition(':')[0]}"
    return condition("True", "Measured", message, COST)


def said_at_its_end(pod: dict[str, Any]) -> str:
    """The termination messages of a pod's containers."""
    states = [status.get("state", {}) for status in pod.get("status", {}).get("containerStatuses", [])]
    return "\n".join(state.get("terminated", {}).get("message", "") for state in states)
