"""What the last sync says of what runs, as the steward writes it into the condition Proven."""

from typing import Any

import pytest

from argocd.steward.application import ApplicationState
from argocd.steward.proof import describe

THIS, NEXT = "a" * 40, "b" * 40


def application(
    phase: str,
    smoke_test: str = "",
    message: str = "words",
    newest: str = THIS,
    sync: str = "Synced",
    asked: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An Application whose last sync, of the commit THIS, is so far; without a phase there was none."""
    results = [{"kind": "InferenceService", "status": "Synced"}]
    if smoke_test:
        results.append({"kind": "Job", "name": "catdog-smoke", "hookType": "PostSync", "hookPhase": smoke_test})
    operation = {
        "phase": phase,
        "message": message,
        "operation": {"sync": {"revision": THIS, **(asked or {})}},
        "syncResult": {"revision": THIS, "resources": results},
    }
    status: dict[str, Any] = {"sync": {"revision": newest, "status": sync}, "health": {"status": "Healthy"}}
    if phase:
        status["operationState"] = operation
    return {"metadata": {"name": "catdog"}, "spec": {}, "status": status}


def refused(message: str, smoke_test: str = "") -> dict[str, Any]:
    """A sync in which an object was refused."""
    one = application("Failed", smoke_test)
    one["status"]["operationState"]["syncResult"]["resources"][-1] |= {"status": "SyncFailed", "message": message}
    return one


TERMINATED = "Operation terminated, triggered by controller sync timeout"
WEBHOOK = "failed calling webhook: connection refused"
CASES: dict[str, tuple[dict[str, Any], tuple[str, str] | None]] = {
    "never synced": (application(""), None),
    "a sync has begun": (application("Running"), ("Unknown", "Syncing")),
    "the smoke test runs": (application("Running", "Running"), ("Unknown", "Proving")),
    "it failed, and the sync is tried again": (application("Running", "Failed"), ("Unknown", "Syncing")),
    "proven": (application("Succeeded", "Succeeded"), ("True", "SmokeTestPassed")),
    "proven, and a newer commit changes nothing": (
        application("Succeeded", "Succeeded", newest=NEXT),
        ("True", "SmokeTestPassed"),
    ),
    "proven, and a newer commit is not applied yet": (
        application("Succeeded", "Succeeded", newest=NEXT, sync="OutOfSync"),
        ("True", "SmokeTestPassed"),
    ),
    "the smoke test failed": (application("Failed", "Failed"), ("False", "SmokeTestFailed")),
    "the smoke test could not run": (application("Failed", "Error"), ("False", "SmokeTestFailed")),
    "there is no smoke test": (application("Succeeded"), ("False", "NoSmokeTest")),
    "a sync of some objects": (
        application("Succeeded", asked={"resources": [{"kind": "InferenceService"}]}),
        ("Unknown", "NotJudged"),
    ),
    "a sync without hooks": (
        application("Succeeded", asked={"syncStrategy": {"apply": {}}}),
        ("Unknown", "NotJudged"),
    ),
    "a dry run": (application("Succeeded", asked={"dryRun": True}), ("Unknown", "NotJudged")),
    "ended before the smoke test": (application("Failed", message=TERMINATED), ("Unknown", "NotJudged")),
    # Argo CD calls a hook that it has deleted Succeeded, and one that it could not delete Failed
    "ended in the smoke test": (application("Failed", "Succeeded", TERMINATED), ("Unknown", "NotJudged")),
    "ended in the smoke test, with an error": (application("Error", "Failed", TERMINATED), ("Unknown", "NotJudged")),
    "being ended": (application("Terminating", "Running"), ("Unknown", "NotJudged")),
    "an object is refused": (refused("spec is invalid"), ("Unknown", "NotJudged")),
    "an outage before the smoke test": (refused(WEBHOOK), ("Unknown", "NotJudged")),
    "an outage keeps the smoke test out": (refused(WEBHOOK, "Failed"), ("Unknown", "NotJudged")),
    "the pods fail": (application("Failed", message="one or more objects are degraded"), ("Unknown", "NotJudged")),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_last_sync_says(case: str) -> None:
    state, expected = CASES[case]
    found = describe(ApplicationState.read(state))
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert (found["type"], found["severity"], found["status"], found["reason"]) == ("Proven", "Info", *expected)
    assert found["message"].startswith(f"commit {THIS}: ")


def test_a_commit_that_no_sync_was_about_is_named() -> None:
    """Git went back to what is deployed, after a sync that failed."""
    found = describe(ApplicationState.read(application("Failed", "Failed", newest=NEXT)))
    assert found is not None
    assert (found["reason"], found["message"].partition(":")[0]) == ("NotJudged", f"commit {NEXT}")
