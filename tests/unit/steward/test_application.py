"""What the state of an Application means."""

from typing import Any

import pytest

from argocd.steward.application import (
    ApplicationState,
    ErrorCondition,
    has_failed,
    is_commit,
    is_reported_failed,
    is_settled,
    is_sync_outdated,
    met_outage,
    needs_proof,
    proof_operation,
    was_terminated,
)

BAD, FIX, REVERT = "b" * 40, "f" * 40, "e" * 40
WEBHOOK = 'failed calling webhook "defaulter": dial tcp 10.96.0.7:443: connect: connection refused'
TERMINATED = "Operation terminated"
TIMED_OUT = "Operation terminated, triggered by controller sync timeout"


def application(phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy") -> dict[str, Any]:
    result = {
        "revision": synced,
        "resources": [{"kind": "Job", "name": "catdog-smoke", "hookType": "PostSync", "hookPhase": phase}],
    }
    operation = {"phase": phase, "syncResult": result, "startedAt": "2026-01-31T12:00:00Z"}
    status = {
        "operationState": operation,
        "sync": {"revision": newest, "status": sync},
        "health": {"status": health},
        "reconciledAt": "2026-01-31T12:00:05Z",
    }
    policy = {"automated": {"prune": True}, "syncOptions": ["ServerSideApply=true"], "retry": {"limit": 2}}
    return {"metadata": {"name": "catdog"}, "spec": {"syncPolicy": policy}, "status": status}


def state(phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy") -> ApplicationState:
    return ApplicationState.read(application(phase, synced, newest, sync, health))


def failed(message: str = "", *refusals: str, phase: str = "Failed", sync: str = "Synced") -> ApplicationState:
    """The newest commit's sync failed, with these refusals of its objects."""
    one = application(phase, BAD, BAD, sync)
    operation = one["status"]["operationState"]
    operation["message"] = message
    operation["syncResult"]["resources"] = [
        {"kind": "InferenceService", "status": "SyncFailed", "message": refusal} for refusal in refusals
    ]
    return ApplicationState.read(one)


def test_superseded() -> None:
    assert is_sync_outdated(state("Running", BAD, FIX, sync="OutOfSync"))
    assert not is_sync_outdated(state("Running", FIX, FIX, sync="OutOfSync"))
    assert not is_sync_outdated(state("Failed", BAD, FIX, sync="OutOfSync"))
    early = application("Running", FIX, BAD, sync="OutOfSync")
    early["status"]["reconciledAt"] = "2026-01-31T11:59:59Z"  # what Argo CD compared with before this sync began
    assert not is_sync_outdated(ApplicationState.read(early))


def test_a_newer_commit_that_changes_nothing_ends_no_sync() -> None:
    assert not is_sync_outdated(state("Running", FIX, BAD, sync="Synced"))


@pytest.mark.parametrize("newest", ["main", ""])
def test_what_is_not_a_commit_ends_no_sync(newest: str) -> None:
    """Git could not be read or rendered for a moment."""
    assert not is_commit(newest)
    assert not is_sync_outdated(state("Running", FIX, newest, sync="OutOfSync"))
    assert not is_sync_outdated(state("Running", FIX, newest, sync="Unknown"))


def test_needs_proof() -> None:
    assert needs_proof(state("Failed", BAD, REVERT))
    assert not needs_proof(state("Failed", BAD, BAD))
    assert not needs_proof(state("Succeeded", BAD, REVERT))
    assert not needs_proof(state("Failed", BAD, REVERT, sync="OutOfSync"))
    assert not needs_proof(state("Failed", BAD, REVERT, health="Degraded"))
    assert not needs_proof(ApplicationState.read({**application("Failed", BAD, REVERT), "operation": {}}))
    assert not needs_proof(state("Failed", BAD, "main"))


@pytest.mark.parametrize("message", [TERMINATED, TIMED_OUT])
def test_a_sync_that_was_ended_proved_nothing(message: str) -> None:
    ended = failed(message)
    assert was_terminated(ended)
    assert not has_failed(ended)
    assert needs_proof(ended)
    assert not needs_proof(failed(message, sync="OutOfSync"))  # Argo CD has something to do


def test_an_outage_is_not_the_commits_fault_and_the_sync_is_tried_again() -> None:
    for one in (failed("words", WEBHOOK, sync="OutOfSync"), failed(f"rpc: {WEBHOOK}", phase="Error")):
        assert met_outage(one)
        assert not has_failed(one)
        assert needs_proof(one)


def test_what_pods_say_of_themselves_is_no_outage() -> None:
    assert has_failed(failed("InferenceService is Degraded: GateFailed: no answer: connection refused"))


def test_what_is_about_to_be_tried_again_has_not_failed() -> None:
    assert has_failed(ApplicationState.read(application("Failed", BAD, BAD)))
    assert not has_failed(ApplicationState.read({**application("Failed", BAD, BAD), "operation": {}}))


def test_proof_operation() -> None:
    operation = proof_operation(application("Failed", BAD, REVERT), "steward")
    assert operation["initiatedBy"] == {"username": "steward"}
    assert operation["sync"] == {"revision": REVERT, "prune": True, "syncOptions": ["ServerSideApply=true"]}
    assert operation["retry"] == {"limit": 2}


def test_a_sync_without_a_result_is_about_what_was_requested() -> None:
    running = application("Running", "", FIX, sync="OutOfSync")
    running["status"]["operationState"]["operation"] = {"sync": {"revision": BAD}}
    assert ApplicationState.read(running).operation_revision == BAD
    assert is_sync_outdated(ApplicationState.read(running))


def test_nothing_is_known_of_an_application_that_does_not_exist() -> None:
    nothing = ApplicationState.read({})
    decisions = (is_settled, is_sync_outdated, needs_proof, was_terminated, has_failed, met_outage)
    assert [decision(nothing) for decision in decisions] == [False] * len(decisions)


def test_settled_may_need_no_sync() -> None:
    assert is_settled(state("Succeeded", FIX, FIX))
    assert is_settled(state("Succeeded", BAD, FIX))
    assert not is_settled(state("Succeeded", BAD, FIX, sync="OutOfSync"))


def test_a_failure_is_reported_unless_git_has_moved_on() -> None:
    assert is_reported_failed(state("Failed", BAD, BAD, sync="OutOfSync"))
    assert is_reported_failed(state("Failed", BAD, FIX))  # a newer commit that changes nothing
    assert not is_reported_failed(state("Failed", BAD, FIX, sync="OutOfSync"))


def test_only_errors_of_the_comparison_are_read() -> None:
    conditions = [
        {"type": "ComparisonError", "message": "no such file", "lastTransitionTime": "2026-01-31T12:00:00Z"},
        {"type": "SharedResourceWarning", "message": "not about git"},
        {"type": "InvalidSpecError", "message": "no such project"},
    ]
    errors = ApplicationState.read({"status": {"conditions": conditions}}).errors
    assert errors == (ErrorCondition("no such file", "2026-01-31T12:00:00Z"), ErrorCondition("no such project", ""))
