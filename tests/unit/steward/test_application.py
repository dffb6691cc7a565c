"""What the state of an Application means."""

from typing import Any

from argocd.steward.application import (
    ApplicationState,
    ErrorCondition,
    has_failed,
    is_green,
    is_proven,
    is_settled,
    is_sync_outdated,
    needs_proof,
    proof_operation,
    was_terminated,
)


def application(phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy") -> dict[str, Any]:
    operation = {"phase": phase, "syncResult": {"revision": synced}, "startedAt": "2026-01-31T12:00:00Z"}
    status = {
        "operationState": operation,
        "sync": {"revision": newest, "status": sync},
        "health": {"status": health},
        "reconciledAt": "2026-01-31T12:00:05Z",
    }
    policy = {"automated": {"prune": True}, "syncOptions": ["ServerSideApply=true"], "retry": {"limit": 2}}
    return {"spec": {"syncPolicy": policy}, "status": status}


def state(phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy") -> ApplicationState:
    return ApplicationState.read(application(phase, synced, newest, sync, health))


def test_superseded() -> None:
    assert is_sync_outdated(state("Running", "bad", "fix"))
    assert not is_sync_outdated(state("Running", "fix", "fix"))
    assert not is_sync_outdated(state("Failed", "bad", "fix"))
    early = application("Running", "fix", "bad")
    early["status"]["reconciledAt"] = "2026-01-31T11:59:59Z"  # what Argo CD compared with before this sync began
    assert not is_sync_outdated(ApplicationState.read(early))


def test_needs_proof() -> None:
    assert needs_proof(state("Failed", "bad", "revert"))
    assert not needs_proof(state("Failed", "bad", "bad"))
    assert not needs_proof(state("Succeeded", "bad", "revert"))
    assert not needs_proof(state("Failed", "bad", "revert", sync="OutOfSync"))
    assert not needs_proof(state("Failed", "bad", "revert", health="Degraded"))
    assert not needs_proof(ApplicationState.read({**application("Failed", "bad", "revert"), "operation": {}}))


def test_proof_operation() -> None:
    operation = proof_operation(application("Failed", "bad", "revert"))
    assert operation["sync"] == {"revision": "revert", "prune": True, "syncOptions": ["ServerSideApply=true"]}
    assert operation["retry"] == {"limit": 2}


def test_a_sync_without_a_result_is_about_what_was_requested() -> None:
    running = application("Running", "", "fix")
    running["status"]["operationState"]["operation"] = {"sync": {"revision": "bad"}}
    assert ApplicationState.read(running).operation_revision == "bad"
    assert is_sync_outdated(ApplicationState.read(running))
    running["status"]["operationState"]["phase"] = "Failed"
    assert not has_failed(ApplicationState.read(running), "bad")


def test_nothing_is_known_of_an_application_that_does_not_exist() -> None:
    nothing = ApplicationState.read({})
    decisions = (is_settled, is_sync_outdated, needs_proof, was_terminated)
    assert [decision(nothing) for decision in decisions] == [False] * len(decisions)


def test_green_may_need_no_sync_but_proven_does() -> None:
    assert is_green(state("Succeeded", "this", "this"), "this")
    assert is_proven(state("Succeeded", "this", "this"))
    assert is_green(state("Succeeded", "before", "this"), "this")
    assert not is_proven(state("Succeeded", "before", "this"))
    waiting = ApplicationState.read({**application("Succeeded", "this", "this"), "operation": {}})
    assert not is_green(waiting, "this")


def test_only_errors_of_the_comparison_are_read() -> None:
    conditions = [
        {"type": "ComparisonError", "message": "no such file", "lastTransitionTime": "2026-01-31T12:00:00Z"},
        {"type": "SharedResourceWarning", "message": "not about git"},
        {"type": "InvalidSpecError", "message": "no such project"},
    ]
    errors = ApplicationState.read({"status": {"conditions": conditions}}).errors
    assert errors == (ErrorCondition("no such file", "2026-01-31T12:00:00Z"), ErrorCondition("no such project", ""))
