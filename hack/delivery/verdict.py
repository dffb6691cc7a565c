"""Waits for Argo CD's verdict on a commit and says why.

  hack/verdict [COMMIT]        default: main, as it is when the command starts
  SERVING_ENVIRONMENT=production hack/verdict [COMMIT]     where there is a staging: what that commit has promoted

Exit status: 0 green (synced, healthy, smoke test and bake passed), 1 red (the commit is to blame), 2 no verdict in
time, 3 a later commit took over that changes what runs. No room on the nodes, or no answer from registry, git or API
server: that is no verdict, which comes when they are back. Argo CD is asked to compare with git at once, where you may
annotate its Application; nothing else is changed. SERVING_REPO and SERVING_CONTEXT name another working copy or
cluster, SERVING_PRODUCTION_CONTEXT that of production, if it is not staging's.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from argocd.steward.application import ApplicationState
from argocd.steward.time_limits import VERDICT_SECONDS
from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, Parser, Settings, run, say
from hack.delivery.environments import Environment, find_environment
from hack.delivery.git import WorkingCopy
from hack.delivery.judge import Judge, PromotedJudge, Verdict
from hack.delivery.promotion import FILE as PROMOTION
from hack.delivery.promotion import read_promoted
from hack.delivery.rendering import Rendering
from hack.delivery.taken_back import takes_back

PERIOD_SECONDS = 1.0
CONFIRM_SECONDS = 8  # a verdict from a comparison must hold for the next one, which is 5 s away


def explain(application: Mapping[str, Any], cluster: Cluster) -> list[str]:
    """Returns what keeps pods from getting ready, what failed, and the end of the smoke test's log if that failed."""
    if not application:
        return [f"kubectl's context was {cluster.context}; SERVING_CONTEXT names another"]
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
    judge = make_judge(copy, cluster, commit)
    cluster.refresh_application()
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
    print(f"{name}: {judge.commit[:12]}: {reason}", flush=True)
    for line in explain(application, cluster) if verdict in (Verdict.RED, Verdict.UNKNOWN) else []:
        print(f"  {line}", flush=True)
    return verdict


def wait_if_reached(copy: WorkingCopy, cluster: Cluster | None, commit: str, timeout: float) -> Verdict:
    """As `wait_verdict`; GREEN at once where there is no cluster to wait for."""
    if cluster is None:
        say("not waiting: Argo CD reports its verdict on the commit")
        return Verdict.GREEN
    return wait_verdict(copy, cluster, commit, timeout)


def make_judge(copy: WorkingCopy, cluster: Cluster, commit: str) -> Judge:
    """The judge of a commit of main; raises CommandError if production follows what was promoted, and nothing was."""
    environment = cluster.environment
    path = cluster.read_application().get("spec", {}).get("source", {}).get("path", environment.manifests)
    if not environment.is_promoted:
        return Judge(copy, commit, Rendering(copy, path))
    promoted = read_promoted(copy, commit)
    if not promoted:
        raise CommandError(f"nothing is promoted to production by {commit[:12]}", "hack/promote does it.")
    return PromotedJudge(copy, promoted, Rendering(copy, path), commit)


def read_record(copy: WorkingCopy, environment: Environment, commit: str) -> list[str]:
    """What git says of a commit that production took back, for whoever asks about it in staging."""
    if environment.name != "staging":
        return []
    reverts = [
        revert
        for revert in copy.git("log", "--format=%H", "HEAD", "--", PROMOTION).split()
        if takes_back(copy, revert) and read_promoted(copy, f"{revert}~") == commit
    ]
    return [f"{commit[:12]} was taken back from production: {copy.describe(revert)}" for revert in reverts]


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
    environment = find_environment()
    for line in read_record(copy, environment, commit):
        say(line)
    cluster = Cluster.find(settings, environment)
    if cluster is None:
        raise CommandError("there is no cluster to ask: SERVING_CONTEXT=none", "hack/verdict --help")
    return wait_verdict(copy, cluster, commit, options.timeout)


if __name__ == "__main__":
    run(main, refusal=Verdict.UNKNOWN)  # a wrong argument must not be taken for red
