"""Waits for Argo CD's verdict on a commit and says why.

  hack/verdict [COMMIT]        default: main, as it is when the command starts

Exit status: 0 green (synced, healthy, smoke test and bake passed), 1 red (the commit is to blame), 2 no verdict in
time, 3 a later commit took over that changes what runs. No room on the nodes, or no answer from registry, git or API
server: that is no verdict, which comes when they are back. Argo CD is asked to compare with git at once, where you may
annotate its Application; nothing else is changed. SERVING_REPO and SERVING_CONTEXT name another working copy or
cluster.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from argocd.steward.application import (
    ApplicationState,
    ErrorCondition,
    has_failed,
    is_commit,
    is_settled,
)
from argocd.steward.faults import is_rendering_fault
from argocd.steward.time_limits import VERDICT_SECONDS
from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, Parser, Settings, run
from hack.delivery.git import WorkingCopy
from hack.delivery.kustomization import MANIFESTS
from hack.delivery.rendering import Rendering
from model.settings import NAME

NO_STATE = ApplicationState.read({})
PERIOD_SECONDS = 1.0
FETCH_SECONDS = 5.0
NO_SMOKE_TEST = "the commit brings no smoke test (manifests/smoke-job.yaml)"
CONFIRM_SECONDS = 8  # a verdict from a comparison must hold for the next one, which is 5 s away


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
            return Verdict.UNKNOWN, f"the cluster gives no answer, or has no Application {NAME} (hack/up makes both)"
        known = f"{state.sync_status or 'not seen yet'}, {state.health or 'unknown health'}"
        return Verdict.UNKNOWN, f"{known}; {state.message}".rstrip("; ")

    def is_later(self, revision: str) -> bool:
        """Whether `revision` is a commit that comes after ours in history."""
        if not is_commit(revision) or revision == self.commit:
            return False
        self.fetch_unknown(revision)
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

    def fetch_unknown(self, revision: str) -> None:
        """Fetches a commit that somebody else pushed. The remote may give no answer: then it is asked again later."""
        now = time.monotonic()
        if now - self.fetched_at >= FETCH_SECONDS and not self.copy.succeeds("cat-file", "-e", revision):
            self.fetched_at = now
            self.copy.run("fetch", "-q")


def explain(application: Mapping[str, Any], cluster: Cluster) -> list[str]:
    """Returns what keeps pods from getting ready, what failed, and the end of the smoke test's log if that failed."""
    operation = application.get("status", {}).get("operationState", {})
    results = operation.get("syncResult", {}).get("resources", [])
    failed = [r for r in results if r.get("status") == "SyncFailed" or r.get("hookPhase") in ("Failed", "Error")]
    lines = cluster.read_rollout_problems()
    lines += [f"{r['kind']}/{r['name']}: {r.get('message', '')}" for r in failed]
    if any(r["kind"] == "Job" for r in failed):
        lines += cluster.read_smoke_log()
    return lines


def wait_verdict(copy: WorkingCopy, cluster: Cluster, commit: str, timeout: float = VERDICT_SECONDS) -> Verdict:
    """Prints each change of the reason and, at the end, the verdict; returns UNKNOWN after `timeout` seconds.

    Argo CD is asked to look at git now, where the caller may: else it does so when its next comparison is due.
    """
    cluster.refresh_application()
    path = cluster.read_application().get("spec", {}).get("source", {}).get("path", MANIFESTS)
    judge = Judge(copy, commit, Rendering(copy, path))
    deadline, last_reason, since = time.monotonic() + timeout, "", time.monotonic()
    while True:
        application = cluster.read_application()
        state = ApplicationState.read(application)
        try:
            verdict, reason = judge.judge(state)
        except CommandError as error:  # of git or kubectl on this machine: the next round may know more
            verdict, reason = Verdict.UNKNOWN, str(error)
        now = time.monotonic()
        if reason != last_reason:
            print(f"  {reason[:300]}", flush=True)
            last_reason, since = reason, now
        is_final = verdict != Verdict.UNKNOWN and (now - since >= CONFIRM_SECONDS or not state.errors)
        if is_final or now > deadline:
            break
        time.sleep(PERIOD_SECONDS)
    name = verdict.name if verdict != Verdict.UNKNOWN else f"NO VERDICT after {timeout:.0f} s"
    print(f"{name}: {commit[:12]}: {reason}", flush=True)
    for line in explain(application, cluster) if verdict in (Verdict.RED, Verdict.UNKNOWN) else []:
        print(f"  {line}", flush=True)
    return verdict


def check_timeout(seconds: float, parser: Parser) -> None:
    """Raises CommandError if no time can be waited so long; `parser` is of the command that was given it."""
    if not 0 <= seconds < float("inf"):
        raise CommandError("--timeout must be a number of seconds, not below zero", f"{parser.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and waits; returns the exit status."""
    parser = Parser("verdict", __doc__)
    parser.add_argument("commit", nargs="?", default="main", help="a hash, a tag or a branch; default: main")
    parser.add_argument("--timeout", type=float, default=VERDICT_SECONDS, help="seconds; default: %(default)s")
    options = parser.parse_args(arguments)
    check_timeout(options.timeout, parser)
    settings = Settings.read()
    copy = WorkingCopy(settings.repository)
    commit = copy.find_commit(options.commit)
    if commit is None:
        raise CommandError(f"{options.commit} is not a commit of {copy}")
    return wait_verdict(copy, Cluster(settings.context), commit, options.timeout)


if __name__ == "__main__":
    run(main, refusal=Verdict.UNKNOWN)  # a wrong argument must not be taken for red
