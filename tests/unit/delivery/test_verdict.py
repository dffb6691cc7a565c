"""What hack/verdict reads from an Application."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.delivery.clones import make_clones


def application(
    phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy", **more: Any
) -> dict[str, Any]:
    status: dict[str, Any] = {
        "operationState": {"phase": phase, "syncResult": {"revision": synced}, "message": "words"}
    }
    return {"status": status | {"sync": {"revision": newest, "status": sync}, "health": {"status": health}} | more}


ERROR = {"conditions": [{"type": "ComparisonError", "message": "no such file"}]}
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


@pytest.mark.parametrize("case", CASES)
def test_judge(case: str, verdict: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "is_later", lambda commit, other: other == "later")
    status, expected = CASES[case]
    assert verdict.judge(status, "this")[0] == getattr(verdict, expected)


def test_superseded(verdict: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "is_later", lambda commit, other: other == "later")
    assert verdict.judge(application("Running", "later", "later"), "this")[0] == verdict.SUPERSEDED
    assert verdict.judge(application("Failed", "this", "later"), "this")[0] == verdict.RED


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Operation terminated", "SUPERSEDED"),
        ("Operation terminated, triggered by controller sync timeout", "RED"),
        ("one or more synchronization tasks completed unsuccessfully", "RED"),
    ],
)
def test_a_sync_that_was_ended_for_a_newer_commit_has_not_failed(
    message: str, expected: str, verdict: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "is_later", lambda commit, other: other == "later")
    ended = application("Failed", "this", "later")
    ended["status"]["operationState"]["message"] = message
    assert verdict.judge(ended, "this")[0] == getattr(verdict, expected)
    ended["status"]["sync"]["revision"] = "this"  # nobody has overtaken it
    assert verdict.judge(ended, "this")[0] == verdict.RED


def test_a_commit_that_cannot_be_rendered_is_known_by_its_branch(
    verdict: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (clone,) = make_clones(tmp_path, 1)
    monkeypatch.setattr(verdict, "REPOSITORY", str(clone.folder))
    commit, before = clone.bump("newer"), clone.git("rev-parse", "HEAD~1")

    def judged(which: str, since: str) -> int:
        error = {"type": "ComparisonError", "message": "did not find expected key", "lastTransitionTime": since}
        return verdict.judge(application("Succeeded", before, "main", sync="Unknown", conditions=[error]), which)[0]

    assert judged(commit, "2999-01-01T00:00:00Z") == verdict.RED
    assert judged(commit, "2001-01-01T00:00:00Z") == verdict.UNKNOWN  # it is about what was there before
    assert judged(before, "2999-01-01T00:00:00Z") == verdict.UNKNOWN
