"""Sees to what KServe and Argo CD leave open, so that a bad commit is red at once and a fix is taken up at once:

- writes the condition RolloutFailed, with the reason, into the InferenceService while the newest pods fail
  (KServe stays Ready on the old ones; the health check in argocd-cm turns the condition into a failed sync);
- ends a running sync when git has a newer commit (Argo CD would first wait for the old one to succeed or time out);
- has a revert proven that changed nothing in the cluster (Argo CD would leave the last verdict at "failed").

It changes nothing else, keeps no state, and can be restarted at any time.
"""

import time
from datetime import UTC, datetime
from typing import Any

from api import Api, ApiError
from application import is_superseded, needs_proof, proof_operation
from rollout import Trouble, find_trouble

APPLICATION = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/catdog"
SERVICE = "/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/catdog"
DEPLOYMENTS = "/apis/apps/v1/namespaces/catdog"
PODS = "/api/v1/namespaces/catdog/pods"
SELECTOR = "labelSelector=app%3Disvc.catdog-predictor"
CONDITION = "RolloutFailed"
REPEAT_SECONDS = 10  # a condition older than the last change of the spec is not believed, so it is renewed


def watch_rollout(api: Api) -> None:
    """Brings the condition up to date with the pods."""
    service, deployment = api.get(SERVICE), api.get(f"{DEPLOYMENTS}/deployments/catdog-predictor")
    if service is None or deployment is None:
        return
    now = datetime.now(UTC)
    replicasets = api.get(f"{DEPLOYMENTS}/replicasets?{SELECTOR}")["items"]
    pods = api.get(f"{PODS}?{SELECTOR}")["items"]
    wanted = describe(find_trouble(deployment, replicasets, pods, now), now)
    conditions = service.get("status", {}).get("conditions", [])
    present = next((c for c in conditions if c["type"] == CONDITION), None)
    if is_same(present, wanted, now):
        return
    others = [c for c in conditions if c["type"] != CONDITION]
    version = service["metadata"]["resourceVersion"]
    change = {"metadata": {"resourceVersion": version}, "status": {"conditions": others + ([wanted] if wanted else [])}}
    api.patch(f"{SERVICE}/status", change)
    print(f"rollout: {wanted['reason']}: {wanted['message']}" if wanted else "rollout: no longer failing", flush=True)


def describe(trouble: Trouble | None, now: datetime) -> dict[str, Any] | None:
    """The condition for it."""
    if trouble is None:
        return None
    return {
        "type": CONDITION,
        "status": "True",
        "severity": "Info",
        "reason": trouble.reason,
        "message": trouble.message,
        "lastTransitionTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def is_same(present: dict[str, Any] | None, wanted: dict[str, Any] | None, now: datetime) -> bool:
    """Nothing to write."""
    if present is None or wanted is None:
        return present is wanted
    age = (now - datetime.fromisoformat(present["lastTransitionTime"])).total_seconds()
    return present["reason"] == wanted["reason"] and present["message"] == wanted["message"] and age < REPEAT_SECONDS


def watch_application(api: Api, seen: list[str]) -> None:
    """Ends or starts a sync; only on what two looks in a row agree on, since Argo CD may be just about to act."""
    application = api.get(APPLICATION)
    if application is None:
        return
    if is_superseded(application):
        finding, change = "superseded", {"status": {"operationState": {"phase": "Terminating"}}}
    elif needs_proof(application):
        finding, change = "unproven", {"operation": proof_operation(application)}
    else:
        seen.clear()
        return
    finding += f" {application['status']['sync']['revision']}"
    if seen != [finding]:
        seen[:] = [finding]
        return
    seen.clear()
    api.patch(APPLICATION, {"metadata": {"resourceVersion": application["metadata"]["resourceVersion"]}, **change})
    print(f"application: {finding}", flush=True)


def main() -> None:
    """Looks once a second, for ever."""
    api, seen = Api(), list[str]()
    while True:
        for watch in (lambda: watch_rollout(api), lambda: watch_application(api, seen)):
            try:
                watch()
            except ApiError as error:
                print(f"will try again: {error}", flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()
