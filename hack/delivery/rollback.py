"""Takes a release or a promotion back that failed: reverts its commit and pushes that. hack/release and hack/promote do
it when the verdict is red, the workflow "rollback" when Argo CD reports a failure on a commit.

  hack/rollback COMMIT    the release, or a later commit that runs it (what manifests/ render has not changed since)
  SERVING_ENVIRONMENT=production hack/rollback COMMIT     where there is a staging: the commit that was promoted
  hack/rollback --status argocd/APPLICATION COMMIT    in the environment that a commit's status at GitHub is of; does
                                                      nothing where it is of another Application

It never reverts anything but a release (one commit, the one line newTag), and only while that is the newest change of
what manifests/ render: a revert that fails too, or a change by hand, is for a person to judge. Exit status 1: refused.
SERVING_STATUSES=OWNER/NAME asks GitHub first: a commit that Argo CD once reported as proven is not reverted.
"""

from collections.abc import Sequence

from hack.delivery.command import CommandError, Parser, Settings, run, say
from hack.delivery.environments import Environment, all_environments, find_environment
from hack.delivery.git import WorkingCopy
from hack.delivery.kustomization import is_release, read_tag
from hack.delivery.main_branch import check_tree, fast_forward, publish
from hack.delivery.promotion import find_promotion, read_promoted
from hack.delivery.rendering import Rendering
from hack.delivery.statuses import status_context, was_proven

NOTHING_TO_DO = "Nothing to take back."


def roll_back(copy: WorkingCopy, environment: Environment, name: str, statuses: str = "") -> None:
    """Reverts the release or the promotion that a commit came by, and pushes the revert.

    Args:
        copy: the working copy; it must be clean and on main.
        environment: where it failed.
        name: the release's commit, or a later one.
        statuses: the GitHub repository whose commit statuses tell what was proven; empty asks nobody.

    Raises:
        CommandError: nothing was reverted, and why.
    """
    commit = copy.find_commit(name)
    if commit is None:
        raise CommandError(f"{name} is not a commit of {copy}")
    rendering = Rendering(copy, environment.manifests)
    if environment.is_promoted:
        roll_back_promotion(copy, environment, rendering, commit, statuses)
    else:
        roll_back_release(copy, environment, rendering, commit, statuses)


def roll_back_promotion(
    copy: WorkingCopy, environment: Environment, rendering: Rendering, commit: str, statuses: str
) -> None:
    """Reverts what promoted a commit, if that is what production follows; arguments and errors as of `roll_back`."""
    check_tree(copy)
    fast_forward(copy)
    if statuses:
        check_unproven(statuses, environment, (commit,), commit)

    def revert_promotion() -> bool:
        promotion = find_promotion(copy, lambda promoted: rendering.is_same(promoted, commit))
        copy.git("revert", "--no-edit", promotion)
        return True

    publish(copy, revert_promotion)
    say(f"{commit[:12]} is not promoted any more: production follows {read_promoted(copy)[:12] or 'nothing'} again")


def roll_back_release(
    copy: WorkingCopy, environment: Environment, rendering: Rendering, commit: str, statuses: str
) -> None:
    """Reverts the release that a commit runs; arguments and errors as of `roll_back`."""
    release = rendering.last_change(commit)
    if not is_release(copy, release):
        message = f"what {commit[:12]} runs was not brought by a release, but by {copy.describe(release)}"
        raise CommandError(message, f"A person has to judge it: git revert {release}")
    check_tree(copy)
    fast_forward(copy)
    if not copy.is_ancestor(commit, "HEAD"):
        raise CommandError(f"{commit} is not on main", NOTHING_TO_DO)
    if statuses:
        check_unproven(statuses, environment, (release, commit), release)
    publish(copy, lambda: revert(copy, rendering, release))
    say(f"reverted {release[:12]}: main names {read_tag(copy)} again")


def check_unproven(repository: str, environment: Environment, commits: Sequence[str], release: str) -> None:
    """Raises CommandError if GitHub has a success for one of the commits: what fails now has another cause."""
    for commit in commits:
        if was_proven(repository, commit, environment.application):
            hint = f"Look at the cluster; git revert {release} takes it back all the same."
            raise CommandError(f"{commit} was proven before: what fails now is not the release", hint)


def revert(copy: WorkingCopy, rendering: Rendering, release: str) -> bool:
    """Commits the revert, if the release is still the newest change of what is rendered; returns True."""
    newest = rendering.last_change("HEAD")
    if newest != release:
        change = copy.describe(newest)
        message = f"{release[:12]} is not what main runs any more: manifests/ was changed by {change}"
        raise CommandError(message, NOTHING_TO_DO)
    copy.git("revert", "--no-edit", release)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and reverts; returns the exit status."""
    parser = Parser("rollback", __doc__)
    parser.add_argument("commit", help="the release, or a later commit that runs it; or what was promoted")
    parser.add_argument("--status", metavar="NAME", help="the commit status that failed: it says where")
    options = parser.parse_args(arguments)
    settings = Settings.read()
    environments = all_environments() if options.status else [find_environment()]
    for environment in environments:
        if options.status in (None, status_context(environment.application)):
            roll_back(WorkingCopy(settings.repository), environment, options.commit, settings.statuses)
            return 0
    say(f"{options.status} is not about an Application of this project: nothing to take back")
    return 0


if __name__ == "__main__":
    run(main)
