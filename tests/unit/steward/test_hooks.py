"""What a sync means that has no result of the smoke test, which is a hook."""

from typing import Any

import pytest

from argocd.steward.application import (
    ApplicationState,
    has_failed,
    is_reported_failed,
    is_settled,
    is_undecided,
    needs_proof,
)
from tests.unit.steward.test_application import BAD, FIX, application, state


def without_smoke_test(synced: str, newest: str, health: str = "Healthy", **asked: Any) -> dict[str, Any]:
    """A sync that succeeded and has no result of a smoke test; `asked` is what it was asked for."""
    one = application("Succeeded", synced, newest, health=health)
    operation = one["status"]["operationState"]
    operation["operation"] = {"sync": {"revision": synced, **asked}}
    operation["syncResult"]["resources"] = [{"kind": "InferenceService", "status": "Synced", "hookPhase": "Succeeded"}]
    return one


@pytest.mark.parametrize(
    "asked",
    [
        {"resources": [{"kind": "InferenceService", "name": "catdog"}]},
        {"syncStrategy": {"apply": {}}},
        {"syncStrategy": {"apply": {"force": True}}},
        {"dryRun": True},
    ],
)
def test_a_sync_that_runs_no_hooks_proves_nothing(asked: dict[str, Any]) -> None:
    """The steward starts a whole one."""
    partial = ApplicationState.read(without_smoke_test(FIX, FIX, **asked))
    assert not is_settled(partial)
    assert not has_failed(partial)
    assert needs_proof(partial)


def test_a_whole_sync_without_a_smoke_test_has_failed() -> None:
    lacking = ApplicationState.read(without_smoke_test(FIX, FIX, syncStrategy={"hook": {}}))
    assert lacking.lacks_smoke_test
    assert has_failed(lacking)
    assert is_reported_failed(lacking)
    assert not is_settled(lacking)
    assert not needs_proof(lacking)  # a sync would run none either


def test_a_job_that_is_no_hook_is_no_smoke_test() -> None:
    one = without_smoke_test(FIX, FIX)
    results = one["status"]["operationState"]["syncResult"]["resources"]
    results.append({"kind": "Job", "name": "catdog-smoke", "status": "Synced", "hookPhase": "Succeeded"})
    assert ApplicationState.read(one).lacks_smoke_test


def test_a_commit_that_no_sync_was_about_gets_one_of_its_own() -> None:
    """It may bring the smoke test back and change nothing else that is applied."""
    assert needs_proof(ApplicationState.read(without_smoke_test(BAD, FIX)))
    assert not needs_proof(ApplicationState.read(without_smoke_test(BAD, FIX, health="Progressing")))
    assert is_undecided(state("Failed", BAD, FIX, health="Progressing"))
    assert not is_undecided(state("Failed", BAD, BAD))
    assert not is_undecided(state("Failed", BAD, FIX, sync="OutOfSync"))  # Argo CD has something to do
    assert not is_undecided(state("Failed", BAD, "main"))
