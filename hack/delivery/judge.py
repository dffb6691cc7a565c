"""Reads the verdict on a commit from what Argo CD says and from git's history."""

import time
from datetime import datetime
from enum import IntEnum

from argocd.steward.application import ApplicationState, ErrorCondition, has_failed, is_commit, is_settled
from argocd.steward.faults import is_rendering_fault
from hack.delivery.git import WorkingCopy
from hack.delivery.promotion import FILE as PROMOTION
from hack.delivery.promotion import read_promoted
from hack.delivery.rendering import Rendering

NO_STATE = ApplicationState.read({})
FETCH_SECONDS = 5.0
NO_SMOKE_TEST = "the commit brings no smoke test (manifests/base/smoke-job.yaml)"


class Verdict(IntEnum):
    """The verdict on a commit; its number is the exit status."""

    GREEN = 0
    RED = 1
    UNKNOWN = 2
    SUPERSEDED = 3


class Judge:
    """Reads the verdict on one commit from the state of the Application and from git's history.

    A commit that renders the same as another one shares its verdict: Argo CD may sync either of them.
    """

    def __init__(self, copy: WorkingCopy, commit: str, rendering: Rendering):
        self.copy = copy
        self.commit = commit
        self.rendering = rendering
        self.fetched_at = -FETCH_SECONDS

    def judge(self, state: ApplicationState) -> tuple[Verdict, str]:
        """Returns the verdict as far as it can be read now, and in a few words why."""
        if state.errors:
            is_ours = self.is_about_commit(state.errors[0], state.revision)
            return Verdict.RED if is_ours else Verdict.UNKNOWN, state.errors[0].message
        if has_failed(state) and self.is_about_failed_sync(state):
            return Verdict.RED, NO_SMOKE_TEST if state.lacks_smoke_test else state.message or state.phase
        is_same = self.is_same(state.revision)
        if not is_same and self.is_later(state.revision):
            return Verdict.SUPERSEDED, f"git has moved on to {state.revision[:12]}"
        if is_same and self.rendering.lacks_smoke_test(self.commit):
            return Verdict.RED, NO_SMOKE_TEST  # where nothing else changed, Argo CD starts no sync that would tell
        if is_same and is_settled(state) and not state.is_sync_requested:
            return Verdict.GREEN, "Synced, Healthy, smoke test and bake passed"
        if state == NO_STATE:
            return Verdict.UNKNOWN, "the cluster gives no answer, or has no such Application (hack/up makes both)"
        known = f"{state.sync_status or 'not seen yet'}, {state.health or 'unknown health'}"
        return Verdict.UNKNOWN, f"{known}; {state.message}".rstrip("; ")

    def is_later(self, revision: str) -> bool:
        """Whether `revision` is a commit that comes after ours in history."""
        if not is_commit(revision) or revision == self.commit:
            return False
        if not self.copy.succeeds("cat-file", "-e", revision):
            self.fetch()
        return self.copy.is_ancestor(self.commit, revision)

    def is_same(self, revision: str) -> bool:
        """Whether `revision` is our commit, or a later one that renders the same."""
        return revision == self.commit or (self.is_later(revision) and self.rendering.is_same(self.commit, revision))

    def is_about_failed_sync(self, state: ApplicationState) -> bool:
        """Whether the sync that failed was of our commit, or of an earlier one that left what our commit renders."""
        if self.is_same(state.synced_revision):
            return True
        return (
            self.is_same(state.revision)
            and (state.sync_status, state.health) == ("Synced", "Degraded")
            and is_commit(state.synced_revision)
            and self.rendering.is_same(state.synced_revision, self.commit)
        )

    def is_about_commit(self, error: ErrorCondition, revision: str) -> bool:
        """Whether it is this commit that cannot be rendered; Argo CD may name only the branch as its revision."""
        if not is_rendering_fault(error.message):
            return False
        if revision == self.commit or self.commit in error.message:
            return True
        if self.copy.find_commit(revision) != self.commit:
            return False
        committed = self.copy.git("log", "-1", "--format=%ct", self.commit)
        return datetime.fromisoformat(error.since).timestamp() > int(committed)

    def fetch(self) -> None:
        """Fetches what others pushed. The remote may give no answer: then it is asked again later."""
        now = time.monotonic()
        if now - self.fetched_at >= FETCH_SECONDS:
            self.fetched_at = now
            self.copy.run("fetch", "-q")


class PromotedJudge(Judge):
    """The judge where production follows what was promoted: a commit of main names the one that is judged.

    Args:
        copy: the working copy.
        commit: the one that production is to run.
        rendering: of production.
        promotion: the commit of main that names it, or a later one.
    """

    def __init__(self, copy: WorkingCopy, commit: str, rendering: Rendering, promotion: str):
        super().__init__(copy, commit, rendering)
        self.promotion = promotion

    def is_later(self, revision: str) -> bool:
        """Whether `revision` was promoted after ours. It may be an older commit: production went back to it."""
        if not is_commit(revision) or revision == self.commit:
            return False
        self.fetch()
        newest = "@{u}" if self.copy.has_upstream() else "HEAD"
        later = self.copy.git("log", "--format=%H", f"{self.promotion}..{newest}", "--", PROMOTION).split()
        return any(read_promoted(self.copy, commit) == revision for commit in later)
