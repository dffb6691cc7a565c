"""Releases what is committed: builds the image of HEAD, runs and judges it (hack/run-image), gives it its tag, changes
the one line in manifests/ that names it, commits that, and waits for Argo CD's verdict. If the verdict is red, the
commit is reverted (hack/rollback), and the cluster follows.

  hack/release            releases HEAD
  hack/release --tag T    rolls out an image that the registry has; T is its revision, or REVISION@sha256:… to be sure
  hack/release --accept-model "REASON"  also a model that is refused; the reason gets into the commit's message
  hack/release --again "REASON"          also an image that was taken back before; likewise
  SERVING_PUSH=public hack/release       to the registry of manifests/settings (docker login first)
  SERVING_CONTEXT=none hack/release      does not wait, where no cluster can be reached: Argo CD's notifications tell

Another model than the one that main runs is compared with it by the test photos that both files have answers to
(python -m model.accept --beyond_chance). One that is worse beyond chance, or cannot be compared, is refused. The commit
then has manifests/base/expected.json in it, too: what the judge is to expect of that model.

Exit status: 0 green, 1 refused, overtaken by a later commit, or red (a release that this command committed is then
reverted), 2 no verdict in time (nothing is reverted, because nothing shows that it is bad), or no answer from the
registry, 3 a later commit took over what main named already.
To go back later: git revert the release's commit. Where RELEASE_TO in manifests/settings/settings.env is staging, it is
staging that is waited for, and hack/promote takes the commit to production.
"""

from collections.abc import Sequence

from argocd.steward.application import ApplicationState, has_failed
from argocd.steward.time_limits import VERDICT_SECONDS
from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, Parser, Settings, run, say
from hack.delivery.environments import find_environment, first_name
from hack.delivery.git import WorkingCopy
from hack.delivery.judge import Verdict
from hack.delivery.kustomization import KUSTOMIZATION, commit_image, read_image, read_line
from hack.delivery.lock import release_lock
from hack.delivery.main_branch import check_tree, publish
from hack.delivery.models import Models
from hack.delivery.release_images import ReleaseImages
from hack.delivery.rollback import roll_back
from hack.delivery.taken_back import find_revert, refuse_again
from hack.delivery.verdict import check_timeout, wait_if_reached
from tests.smoke.image_reference import ImageReference


class Release:
    """The steps of a release, in one working copy.

    Args:
        settings: names that the environment can override.
        timeout: seconds until there must be a verdict.
        reason: why a model that is refused is released all the same; empty where there is no reason.
        again: why an image that was taken back is released again; empty where there is no reason.
    """

    def __init__(self, settings: Settings, timeout: float = VERDICT_SECONDS, reason: str = "", again: str = ""):
        self.settings = settings
        self.environment = find_environment(first_name())
        self.cluster = Cluster.find(settings, self.environment)
        self.timeout = timeout
        self.again = again
        self.copy = WorkingCopy(settings.repository)
        self.models = Models(self.copy, reason)
        self.images = ReleaseImages(self.copy, settings.registry, self.models)

    def release(self, tag: str | None) -> int:
        """Releases the image with this tag, or of HEAD if None; returns the exit status.

        Raises:
            CommandError: it cannot be released, or was red and is reverted.
        """
        check_tree(self.copy)
        tag = self.images.provide() if tag is None else self.images.find(tag)
        if not publish(self.copy, lambda: self.bump(tag)):
            say(f"{tag} is what the manifests name already")
            return self.prove_again(self.copy.head())
        commit = self.copy.head()
        say(f"main names {tag}, by commit {commit[:12]}")
        verdict = self.wait_verdict(commit)
        if verdict == Verdict.SUPERSEDED:
            message = "a later commit took over before there was a verdict on this one"
            raise CommandError(message, "hack/verdict tells about the later one.")
        if verdict == Verdict.RED:
            self.take_back(commit)
            raise CommandError(f"{tag} was red; the release is reverted, and the previous version serves")
        if verdict == Verdict.UNKNOWN:
            say(f"there is no verdict on {tag} yet, and it stays in git; hack/verdict {commit[:12]} waits on")
            return verdict
        say("released")
        return 0

    def prove_again(self, commit: str) -> int:
        """Returns the verdict on what is released already, as the exit status. Syncs again what has failed."""
        if self.cluster:
            application = self.cluster.read_application()
            if has_failed(ApplicationState.read(application)):
                say("its last sync failed: Argo CD tries again")
                self.cluster.start_sync(application)
        return self.wait_verdict(commit)

    def bump(self, tag: str) -> bool:
        """Commits the change of newTag to `tag`, REVISION or REVISION@sha256:…; False if it says that already."""
        released = read_image(self.copy)
        image = ImageReference.parse(f"{released.name}:{tag}")
        if image == released:
            return False
        if image.revision != released.revision and self.copy.is_ancestor(image.revision, released.revision):
            newest = self.copy.git("log", "-1", "--format=%h", "--", KUSTOMIZATION)
            raise CommandError(
                f"{tag} is older than what is released now ({released.version})", f"To go back: git revert {newest}"
            )
        if released.digest and not image.digest and self.copy.has_upstream():
            raise CommandError(
                f"main names an image by its digest, and {tag} is in this machine's registry alone",
                "Set SERVING_PUSH to the registry, or release for this machine only: git branch --unset-upstream",
            )
        again = refuse_again(self.copy, tag, self.find_revert(image.revision), self.again)
        commit_image(self.copy, image, again, self.models.check(image.revision, released.revision))
        return True

    def find_revert(self, revision: str) -> str:
        """The commit that took the image of a revision back; empty if none did."""

        def read(commit: str) -> str:
            return read_line(self.copy, commit)

        return find_revert(self.copy, KUSTOMIZATION, read, lambda tag: tag.strip("\"'").startswith(revision))

    def wait_verdict(self, commit: str) -> Verdict:
        """Returns Argo CD's verdict; GREEN at once where there is no cluster to wait for."""
        return wait_if_reached(self.copy, self.cluster, commit, self.timeout)

    def take_back(self, commit: str) -> None:
        """Reverts the release and waits until the revert is green."""
        say("reverting the release")
        try:
            roll_back(self.copy, self.environment, commit, self.settings.statuses)
        except CommandError as refused:
            raise CommandError(f"it was not reverted: {refused}", refused.hint) from None
        verdict = self.wait_verdict(self.copy.head())
        if verdict == Verdict.UNKNOWN:
            say("there is no verdict on the revert yet; hack/verdict waits on")
        elif verdict != Verdict.GREEN:
            application = self.environment.application
            context = self.settings.context_of(self.environment.name)
            hint = f"kubectl --context {context} -n argocd get application {application} -o yaml"
            raise CommandError("the revert is not green", hint)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and releases; returns the exit status."""
    parser = Parser("release", __doc__)
    parser.add_argument(
        "--tag", metavar="T", help="an image that the registry has: the full hash of its commit, or HASH@sha256:…"
    )
    parser.add_argument(
        "--accept-model", metavar="REASON", help="releases a model that is worse than main's, or cannot be compared"
    )
    parser.add_argument("--again", metavar="REASON", help="releases an image that was taken back before")
    parser.add_argument(
        "--timeout",
        type=float,
        default=VERDICT_SECONDS,
        help="seconds until there must be a verdict; default: %(default)s",
    )
    options = parser.parse_args(arguments)
    check_timeout(options.timeout, parser)
    reason = parser.check_reason("--accept-model", options.accept_model)
    release = Release(Settings.read(), options.timeout, reason, parser.check_reason("--again", options.again))
    with release_lock(release.copy):
        return release.release(options.tag)


if __name__ == "__main__":
    run(main)
