"""Takes what staging has proven to production: changes the one line that says which commit production follows
(argocd/promoted/revision.yaml), commits that, and waits for the verdict. If it is red, the promotion is reverted, and
production goes back.

  hack/promote            promotes main, as it is when the command starts
  hack/promote COMMIT     an earlier commit, if staging runs the same by now
  hack/promote --again "REASON"      also what was taken back from production before; the reason gets into the message

Promoted is the whole commit: image, manifests, and what the judge expects. Anything but green in staging, its bake
included, is refused. Where no cluster can be reached (SERVING_CONTEXT=none), the statuses that Argo CD gave the commit
say what is proven: SERVING_STATUSES=OWNER/NAME. SERVING_PRODUCTION_CONTEXT names production's cluster, if that is
another one.

Exit status: 0 green, 1 refused, overtaken by a later promotion, or red (then reverted), 2 no verdict on production in
time (nothing is reverted), 3 a later promotion took over what production followed already. Where RELEASE_TO is
production there is nothing to promote, and it says so.
"""

from collections.abc import Sequence

from argocd.steward.time_limits import VERDICT_SECONDS
from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, Parser, Settings, run, say
from hack.delivery.environments import find_environment, has_staging
from hack.delivery.git import WorkingCopy
from hack.delivery.judge import Verdict
from hack.delivery.kustomization import read_tag
from hack.delivery.lock import release_lock
from hack.delivery.main_branch import check_tree, fast_forward, publish
from hack.delivery.promotion import FILE, commit_promotion, read_promoted
from hack.delivery.rendering import Rendering
from hack.delivery.rollback import roll_back
from hack.delivery.statuses import was_proven
from hack.delivery.taken_back import find_revert, refuse_again
from hack.delivery.verdict import check_timeout, wait_if_reached, wait_verdict

WAIT = "SERVING_ENVIRONMENT=production hack/verdict"
STAGING_SECONDS = 10  # what is proven is known at once; a busy API server may need to be asked again


class Promotion:
    """The steps of a promotion, in one working copy.

    Args:
        settings: names that the environment can override.
        timeout: seconds until there must be a verdict on production.
        reason: why what was taken back is promoted again; empty where there is no reason.
    """

    def __init__(self, settings: Settings, timeout: float = VERDICT_SECONDS, reason: str = ""):
        self.settings = settings
        self.timeout = timeout
        self.reason = reason
        self.copy = WorkingCopy(settings.repository)
        self.staging, self.production = find_environment("staging"), find_environment("production")
        self.rendering = Rendering(self.copy, self.production.manifests)

    def promote(self, name: str) -> int:
        """Promotes a commit; returns the exit status.

        Raises:
            CommandError: it is refused, or was red and is reverted.
        """
        check_tree(self.copy)
        fast_forward(self.copy)
        commit = self.find_commit(name)
        self.check_proven(commit)
        if self.rendering.fails(commit):
            path = self.production.manifests
            raise CommandError(f"{path} of {commit[:12]} cannot be rendered", f"kubectl kustomize {path} says why.")
        if not publish(self.copy, lambda: self.commit(commit)):
            say(f"production follows {read_promoted(self.copy)[:12]} already, which is the same")
            return self.wait()
        say(f"production follows {commit[:12]} from now on, by commit {self.copy.head()[:12]}")
        promotion, verdict = self.copy.head(), self.wait()
        if verdict == Verdict.SUPERSEDED:
            raise CommandError("a later promotion took over", f"{WAIT} tells of it.")
        if verdict == Verdict.RED:
            self.take_back(promotion)
            raise CommandError(f"{commit[:12]} was red in production; the promotion is reverted")
        if verdict == Verdict.UNKNOWN:
            say(f"there is no verdict on it yet, and it stays in git: {WAIT} waits on")
            return verdict
        say("promoted")
        return 0

    def find_commit(self, name: str) -> str:
        """Returns the full hash of a commit of main; raises CommandError if it is none."""
        commit = self.copy.find_commit(name)
        if commit is None or not self.copy.is_ancestor(commit, "HEAD"):
            raise CommandError(f"{name} is not a commit of main", "hack/promote --help")
        return commit

    def check_proven(self, commit: str) -> None:
        """Raises CommandError unless staging has proven the commit and runs it, or the same, now."""
        verdict = self.judge_staging(commit)
        if verdict == Verdict.SUPERSEDED:
            raise CommandError(f"staging runs something later than {commit[:12]}", "hack/promote promotes that.")
        if verdict != Verdict.GREEN:
            raise CommandError(f"staging has not proven {commit[:12]}", "hack/verdict waits for its verdict.")

    def judge_staging(self, commit: str) -> Verdict:
        """Staging's verdict: of its cluster, or else of GitHub; raises CommandError where there is neither to ask."""
        cluster = Cluster.find(self.settings, self.staging)
        if cluster:
            return wait_verdict(self.copy, cluster, commit, STAGING_SECONDS)
        statuses = self.settings.statuses
        if not statuses or not was_proven(statuses, commit, self.staging.application):
            hint = "Name a cluster (SERVING_CONTEXT) or a repository (SERVING_STATUSES) to ask."
            raise CommandError(f"nothing says that {commit[:12]} was proven in staging", hint)
        # it may have been proven long ago: a workflow that is run again, or approved late
        is_newest = Rendering(self.copy, self.staging.manifests).is_same(commit, "HEAD")
        return Verdict.GREEN if is_newest else Verdict.SUPERSEDED

    def commit(self, commit: str) -> bool:
        """Commits the promotion; False if production runs the same already."""
        promoted = read_promoted(self.copy)
        if promoted and self.rendering.is_same(promoted, commit):
            return False
        revert = find_revert(
            self.copy,
            FILE,
            lambda revision: read_promoted(self.copy, revision),
            lambda promoted: promoted != "" and self.rendering.is_same(promoted, commit),
        )
        again = refuse_again(self.copy, f"what {commit[:12]} runs", revert, self.reason)
        commit_promotion(self.copy, commit, f"It runs {read_tag(self.copy, commit)}.", again)
        return True

    def wait(self) -> Verdict:
        """Returns production's verdict; GREEN at once where there is no cluster to wait for."""
        return wait_if_reached(self.copy, Cluster.find(self.settings, self.production), self.copy.head(), self.timeout)

    def take_back(self, promotion: str) -> None:
        """Reverts the promotion and waits until what production goes back to is green."""
        say("reverting the promotion")
        roll_back(self.copy, self.production, read_promoted(self.copy, promotion), self.settings.statuses)
        if not read_promoted(self.copy):
            say("nothing was promoted before it: production has nothing to go back to")
        elif (verdict := self.wait()) not in (Verdict.GREEN, Verdict.UNKNOWN):
            raise CommandError(f"what production went back to is {verdict.name.lower()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and promotes; returns the exit status."""
    parser = Parser("promote", __doc__)
    parser.add_argument("commit", nargs="?", default="HEAD", help="a commit of main; default: its newest")
    parser.add_argument("--again", metavar="REASON", help="promotes what was taken back from production before")
    parser.add_argument("--timeout", type=float, default=VERDICT_SECONDS, help="seconds; default: %(default)s")
    options = parser.parse_args(arguments)
    check_timeout(options.timeout, parser)
    reason = parser.check_reason("--again", options.again)
    if not has_staging():
        say("releases go to production here (RELEASE_TO in manifests/settings/settings.env): nothing to promote")
        return 0
    promotion = Promotion(Settings.read(), options.timeout, reason)
    with release_lock(promotion.copy):
        return promotion.promote(options.commit)


if __name__ == "__main__":
    run(main)
