"""Releases what is committed: builds the image of HEAD, runs and judges it (hack/run-image), gives it its tag, changes
the one line in manifests/ that names it, commits that, and waits for Argo CD's verdict. If the verdict is red, the
commit is reverted (hack/rollback), and the cluster follows.

  hack/release            releases HEAD
  hack/release --tag T    rolls out an image that is in the registry already
  CATDOG_PUSH=ghcr.io hack/release      to the public registry (docker login first)
  CATDOG_CONTEXT=none hack/release      does not wait, where the cluster cannot be reached: Argo CD's notifications tell

Exit status: 0 green, 1 refused or red (and reverted), 2 no verdict in time: nothing is reverted, because nothing shows
that it is bad. To go back later: git revert the release's commit.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from argocd.steward.application import ApplicationState, has_failed
from argocd.steward.time_limits import VERDICT_SECONDS
from hack.delivery.cluster import Cluster
from hack.delivery.command import PROJECT, CommandError, Parser, Settings, run, say
from hack.delivery.git import WorkingCopy
from hack.delivery.kustomization import KUSTOMIZATION, commit_tag, read_image, read_tag
from hack.delivery.lock import release_lock
from hack.delivery.main_branch import check_newest, check_tree, fast_forward, publish
from hack.delivery.registry import has_image
from hack.delivery.rollback import roll_back
from hack.delivery.verdict import Verdict, wait_verdict


class Release:
    """The steps of a release, in one working copy."""

    def __init__(self, settings: Settings, timeout: float = VERDICT_SECONDS):
        self.settings = settings
        self.timeout = timeout
        self.copy = WorkingCopy(settings.repository)

    def release(self, tag: str | None) -> int:
        """Releases the image with this tag, or of HEAD if None; returns the exit status.

        Raises:
            CommandError: it cannot be released, or was red and is reverted.
        """
        check_tree(self.copy)
        tag = self.provide_image() if tag is None else self.find_image(tag)
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
        if self.settings.has_cluster:
            cluster = Cluster(self.settings.context)
            application = cluster.read_application()
            if has_failed(ApplicationState.read(application)):
                say("its last sync failed: Argo CD tries again")
                cluster.start_sync(application)
        return self.wait_verdict(commit)

    def find_image(self, tag: str) -> str:
        """Returns the tag, if the registry has its image."""
        fast_forward(self.copy)
        if not self.is_in_registry(tag):
            hint = "A tag is the full hash of a commit. Without --tag, the image is built."
            raise CommandError(f"the registry has no image with the tag {tag}", hint)
        return tag

    def provide_image(self) -> str:
        """Returns the tag of an image of HEAD, which is built and judged if the registry does not have it."""
        check_newest(self.copy)
        tag = self.choose_tag()
        if not self.is_in_registry(tag):
            self.build_image(tag)
        return tag

    def choose_tag(self) -> str:
        """Returns HEAD, or what is released already if nothing that an image is made of has changed since."""
        released = read_tag(self.copy)
        lines = (self.copy.folder / ".dockerignore").read_text().splitlines()
        inputs = ["Dockerfile", *(line[1:] for line in lines if line.startswith("!"))]
        if self.copy.find_commit(released) and self.copy.succeeds("diff", "--quiet", released, "HEAD", "--", *inputs):
            return released
        return self.copy.head()

    def build_image(self, revision: str) -> None:
        """Builds the image once, judges it, and tags that very image."""
        image = run_script("build-image", "--candidate", revision, capture=True)
        run_script("run-image", CATDOG_IMAGE=image)
        run_script("tag-image", image)

    def is_in_registry(self, tag: str) -> bool:
        """Whether the registry has our image with this tag."""
        return has_image(self.settings.registry, read_image(self.copy), tag)

    def bump(self, tag: str) -> bool:
        """Commits the change to this tag; False if the manifests name it already."""
        released = read_tag(self.copy)
        if tag == released:
            return False
        if self.copy.is_ancestor(tag, released):
            newest = self.copy.git("log", "-1", "--format=%h", "--", KUSTOMIZATION)
            raise CommandError(
                f"{tag} is older than what is released now ({released})", f"To go back: git revert {newest}"
            )
        commit_tag(self.copy, tag)
        return True

    def wait_verdict(self, commit: str) -> Verdict:
        """Returns Argo CD's verdict; GREEN at once where there is no cluster to wait for."""
        if not self.settings.has_cluster:
            say("not waiting: Argo CD reports its verdict on the commit")
            return Verdict.GREEN
        cluster = Cluster(self.settings.context)
        cluster.refresh_application()
        return wait_verdict(self.copy, cluster, commit, self.timeout)

    def take_back(self, commit: str) -> None:
        """Reverts the release and waits until the revert is green."""
        say("reverting the release")
        try:
            roll_back(self.copy, commit, self.settings.statuses)
        except CommandError as refused:
            raise CommandError(f"it was not reverted: {refused}", refused.hint) from None
        verdict = self.wait_verdict(self.copy.head())
        if verdict == Verdict.UNKNOWN:
            say("there is no verdict on the revert yet; hack/verdict waits on")
        elif verdict != Verdict.GREEN:
            hint = f"kubectl --context {self.settings.context} -n argocd get application catdog -o yaml"
            raise CommandError("the revert is not green", hint)


def run_script(name: str, *arguments: str, capture: bool = False, **environment: str) -> str:
    """Runs one of the scripts in hack/; returns what it prints if that is captured. If it fails, it has said why."""
    command = [str(PROJECT / "hack" / name), *arguments]
    stdout = subprocess.PIPE if capture else None
    done = subprocess.run(command, env=os.environ | environment, stdout=stdout, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return (done.stdout or "").strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and releases; returns the exit status."""
    parser = Parser("release", __doc__)
    parser.add_argument("--tag", metavar="T", help="an image that is in the registry: the full hash of its commit")
    parser.add_argument(
        "--timeout",
        type=float,
        default=VERDICT_SECONDS,
        help="seconds until there must be a verdict; default: %(default)s",
    )
    options = parser.parse_args(arguments)
    release = Release(Settings.read(), options.timeout)
    with release_lock(release.copy):
        return release.release(options.tag)


if __name__ == "__main__":
    run(main)
