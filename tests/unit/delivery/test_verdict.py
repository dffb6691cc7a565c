"""What hack/verdict reads from an Application, with the history of a real repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from argocd.steward.application import ApplicationState
from hack.delivery.git import WorkingCopy
from hack.delivery.verdict import Judge, Verdict
from tests.unit.delivery.clones import Clone, make_clones


def application(
    phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy", **more: Any
) -> dict[str, Any]:
    status: dict[str, Any] = {
        "operationState": {"phase": phase, "syncResult": {"revision": synced}, "message": "words"}
    }
    return {"status": status | {"sync": {"revision": newest, "status": sync}, "health": {"status": health}} | more}


ERROR: dict[str, Any] = {"conditions": [{"type": "ComparisonError", "message": "no such file"}]}
CASES = {
    "green": (application("Succeeded", "this", "this"), "GREEN"),
    "green without a sync: nothing had to change": (application("Succeeded", "before", "this"), "GREEN"),
    "not seen yet": (application("Succeeded", "before", "before"), "UNKNOWN"),
    "still syncing": (application("Running", "this", "this"), "UNKNOWN"),
    "waits for a retry": (application("Running", "this", "this", health="Degraded"), "UNKNOWN"),
    "pods are not there yet": (application("Succeeded", "this", "this", health="Progressing"), "UNKNOWN"),
    "failed": (application("Failed", "this", "this", health="Degraded"), "RED"),
    "failed, old pods serve": (application("Failed", "this", "this"), "RED"),
    "the commit before failed": (application("Failed", "before", "this", sync="OutOfSync"), "UNKNOWN"),
    "reverted to what runs, not proven again yet": (application("Failed", "before", "this"), "UNKNOWN"),
    "cannot be rendered": (application("Succeeded", "before", "this", sync="Unknown", **ERROR), "RED"),
    "the commit before cannot be rendered": (
        application("Succeeded", "before", "before", sync="Unknown", **ERROR),
        "UNKNOWN",
    ),
    "nothing at all yet": ({}, "UNKNOWN"),
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Its history: before, this, later."""
    (clone,) = make_clones(tmp_path_factory.mktemp("history"), count=1)
    for tag in ("this", "later"):
        clone.bump(tag)
    return clone


def judge(clone: Clone, application: dict[str, Any]) -> Verdict:
    """The verdict on the commit `this`; the names of commits in the Application stand for their hashes."""
    text = json.dumps(application)
    for name, revision in {"before": "main~2", "this": "main~1", "later": "main"}.items():
        text = text.replace(f'"{name}"', f'"{clone.git("rev-parse", revision)}"')
    copy = WorkingCopy(clone.folder)
    return Judge(copy, copy.git("rev-parse", "main~1")).judge(ApplicationState.read(json.loads(text)))[0]


@pytest.mark.parametrize("case", CASES)
def test_judge(case: str, clone: Clone) -> None:
    status, expected = CASES[case]
    assert judge(clone, status) == Verdict[expected]


def test_superseded(clone: Clone) -> None:
    assert judge(clone, application("Running", "later", "later")) == Verdict.SUPERSEDED
    assert judge(clone, application("Failed", "this", "later")) == Verdict.RED


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Operation terminated", "SUPERSEDED"),
        ("Operation terminated, triggered by controller sync timeout", "RED"),
        ("one or more synchronization tasks completed unsuccessfully", "RED"),
    ],
)
def test_a_sync_that_was_ended_for_a_newer_commit_has_not_failed(message: str, expected: str, clone: Clone) -> None:
    ended = application("Failed", "this", "later")
    ended["status"]["operationState"]["message"] = message
    assert judge(clone, ended) == Verdict[expected]
    ended["status"]["sync"]["revision"] = "this"  # nobody has overtaken it
    assert judge(clone, ended) == Verdict.RED


def test_a_commit_that_cannot_be_rendered_is_known_by_its_branch(tmp_path: Path) -> None:
    (clone,) = make_clones(tmp_path, 1)
    commit, before = clone.bump("newer"), clone.git("rev-parse", "HEAD~1")

    def judged(which: str, since: str) -> Verdict:
        error = {"type": "ComparisonError", "message": "did not find expected key", "lastTransitionTime": since}
        state = ApplicationState.read(application("Succeeded", before, "main", sync="Unknown", conditions=[error]))
        return Judge(WorkingCopy(clone.folder), which).judge(state)[0]

    assert judged(commit, "2999-01-01T00:00:00Z") == Verdict.RED
    assert judged(commit, "2001-01-01T00:00:00Z") == Verdict.UNKNOWN  # it is about what was there before
    assert judged(before, "2999-01-01T00:00:00Z") == Verdict.UNKNOWN
