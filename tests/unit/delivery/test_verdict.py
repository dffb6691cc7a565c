"""What hack/verdict reads from an Application, with the history of a real repository."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from argocd.steward.application import ApplicationState
from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy
from hack.delivery.judge import Judge, Verdict
from hack.delivery.rendering import Rendering
from tests.unit.delivery.clones import Clone, make_clones


def application(
    phase: str, synced: str, newest: str, sync: str = "Synced", health: str = "Healthy", **more: Any
) -> dict[str, Any]:
    result = {
        "revision": synced,
        "resources": [{"kind": "Job", "name": "catdog-smoke", "hookType": "PostSync", "hookPhase": phase}],
    }
    status: dict[str, Any] = {"operationState": {"phase": phase, "syncResult": result, "message": "words"}}
    status |= {"sync": {"revision": newest, "status": sync}, "health": {"status": health}}
    return {"metadata": {"name": "catdog"}, "status": status | more}


BROKEN = (
    "rpc error: code = Unknown desc = `kustomize build <path to cached source>/manifests` failed exit status 1: Error"
)


def error(message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "ComparisonError", "message": message}]}


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
    "cannot be rendered": (application("Succeeded", "before", "this", sync="Unknown", **error(BROKEN)), "RED"),
    "the commit before cannot be rendered": (
        application("Succeeded", "before", "before", sync="Unknown", **error(BROKEN)),
        "UNKNOWN",
    ),
    "the repo-server gives no answer": (
        application(
            "Succeeded", "before", "this", sync="Unknown", **error("rpc error: code = Unavailable desc = dial")
        ),
        "UNKNOWN",
    ),
    "git gives no answer": (
        application(
            "Succeeded", "before", "this", sync="Unknown", **error("`git fetch origin` failed exit status 128")
        ),
        "UNKNOWN",
    ),
    "the Application's own settings are wrong": (
        application("Succeeded", "before", "this", **error("repository is not permitted in project")),
        "UNKNOWN",
    ),
    "git cannot be rendered for a moment, Argo CD names the branch": (
        application("Running", "this", "main", sync="Unknown"),
        "UNKNOWN",
    ),
    "nothing at all yet": ({}, "UNKNOWN"),
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Its history: before, this, words (which renders the same), later."""
    (clone,) = make_clones(tmp_path_factory.mktemp("history"), count=1)
    clone.bump("this")
    clone.commit("README.md", "words\n", "Words")
    clone.bump("later")
    return clone


def judge(clone: Clone, application: dict[str, Any]) -> Verdict:
    """The verdict on the commit `this`; the names of commits in the Application stand for their hashes."""
    text = json.dumps(application)
    for name, revision in {"before": "main~3", "this": "main~2", "words": "main~1", "later": "main"}.items():
        text = text.replace(f'"{name}"', f'"{clone.git("rev-parse", revision)}"')
    return judge_commit(clone, clone.git("rev-parse", "main~2"), json.loads(text))


@cache
def rendering_of(folder: Path) -> Rendering:
    """It knows what it rendered once."""
    return Rendering(WorkingCopy(folder))


def judge_commit(clone: Clone, commit: str, application: dict[str, Any]) -> Verdict:
    judge = Judge(WorkingCopy(clone.folder), commit, rendering_of(clone.folder))
    return judge.judge(ApplicationState.read(application))[0]


@pytest.mark.parametrize("case", CASES)
def test_judge(case: str, clone: Clone) -> None:
    status, expected = CASES[case]
    assert judge(clone, status) == Verdict[expected]


def test_superseded(clone: Clone) -> None:
    assert judge(clone, application("Running", "later", "later")) == Verdict.SUPERSEDED
    assert judge(clone, application("Failed", "this", "later")) == Verdict.RED


def test_a_commit_that_renders_the_same_does_not_supersede(clone: Clone) -> None:
    """Argo CD may sync either of them; what becomes of that is the verdict on both."""
    assert judge(clone, application("Running", "this", "words")) == Verdict.UNKNOWN
    assert judge(clone, application("Succeeded", "this", "words")) == Verdict.GREEN
    assert judge(clone, application("Succeeded", "words", "words")) == Verdict.GREEN
    assert judge(clone, application("Failed", "this", "words")) == Verdict.RED
    assert judge(clone, application("Failed", "words", "words", health="Degraded")) == Verdict.RED


def test_what_failed_before_still_fails_when_words_are_added(clone: Clone) -> None:
    words, this = clone.git("rev-parse", "main~1"), clone.git("rev-parse", "main~2")
    assert judge_commit(clone, words, application("Failed", this, words, health="Degraded")) == Verdict.RED
    assert judge_commit(clone, words, application("Failed", this, words)) == Verdict.UNKNOWN  # it is proven anew


@pytest.mark.parametrize(
    "message", ["Operation terminated", "Operation terminated, triggered by controller sync timeout"]
)
def test_a_sync_that_was_ended_has_not_failed(message: str, clone: Clone) -> None:
    ended = application("Failed", "this", "later")
    ended["status"]["operationState"]["message"] = message
    assert judge(clone, ended) == Verdict.SUPERSEDED
    ended["status"]["sync"]["revision"] = "this"  # nobody has overtaken it
    assert judge(clone, ended) == Verdict.UNKNOWN


def test_a_webhook_that_gives_no_answer_is_not_the_commits_fault(clone: Clone) -> None:
    refused = application("Failed", "this", "this", sync="OutOfSync")
    refusal = "failed calling webhook: connection refused"
    results = [{"kind": "InferenceService", "status": "SyncFailed", "message": refusal}]
    refused["status"]["operationState"]["syncResult"]["resources"] = results
    assert judge(clone, refused) == Verdict.UNKNOWN


@pytest.mark.usefixtures("kubectl")
def test_comments_change_nothing(tmp_path: Path) -> None:
    (clone,) = make_clones(tmp_path, 1)
    this = clone.bump("this")
    file = "manifests/base/networkpolicy.yaml"
    words = clone.commit(file, (clone.folder / file).read_text() + "# words\n", "Words")
    rendering = Rendering(WorkingCopy(clone.folder))
    assert rendering.is_same(this, words)
    assert rendering.last_change(words) == this
    assert judge_commit(clone, this, application("Succeeded", this, words)) == Verdict.GREEN
    broken = clone.commit(file, "nonsense: [\n", "Bad")
    assert not rendering.is_same(words, broken)
    assert rendering.last_change(broken) == broken


def test_a_commit_that_cannot_be_rendered_is_known_by_its_branch(tmp_path: Path) -> None:
    (clone,) = make_clones(tmp_path, 1)
    commit, before = clone.bump("newer"), clone.git("rev-parse", "HEAD~1")

    def judged(which: str, since: str) -> Verdict:
        error = {"type": "ComparisonError", "message": BROKEN, "lastTransitionTime": since}
        state = ApplicationState.read(application("Succeeded", before, "main", sync="Unknown", conditions=[error]))
        copy = WorkingCopy(clone.folder)
        return Judge(copy, which, Rendering(copy)).judge(state)[0]

    assert judged(commit, "2999-01-01T00:00:00Z") == Verdict.RED
    assert judged(commit, "2001-01-01T00:00:00Z") == Verdict.UNKNOWN  # it is about what was there before
    assert judged(before, "2999-01-01T00:00:00Z") == Verdict.UNKNOWN


def test_a_remote_that_gives_no_answer_once_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else has pushed a commit that renders the same."""
    clone, other = make_clones(tmp_path, count=2)
    this = clone.bump("1" * 40)
    other.git("pull", "-q")
    words = other.commit("README.md", "words\n", "Words")
    copy = WorkingCopy(clone.folder)
    judge = Judge(copy, this, Rendering(copy))
    state = ApplicationState.read(application("Succeeded", this, words))
    remote = clone.git("remote", "get-url", "origin")
    clone.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    assert judge.judge(state)[0] == Verdict.UNKNOWN
    clone.git("remote", "set-url", "origin", remote)
    monkeypatch.setattr("hack.delivery.judge.FETCH_SECONDS", 0)
    assert judge.judge(state)[0] == Verdict.GREEN


def test_a_machine_that_is_too_busy_to_render_gives_no_verdict(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hack.delivery.rendering.RENDER_SECONDS", 0)
    copy = WorkingCopy(clone.folder)
    with pytest.raises(CommandError, match="was not rendered within 0 s"):
        Rendering(copy).is_same("main~3", "main")
