"""Makes a clone of this project your team's: the name of the service, its image, namespace and repository.

  hack/adopt --name fruit --image ghcr.io/acme/fruit --repo https://github.com/acme/fruit.git
  hack/adopt --name fruit --image registry.acme.example:5000/ml/fruit --repo git@git.acme.example:ml/fruit.git
             --namespace ml-fruit --browse https://git.acme.example/ml/fruit/src/branch/main    (on one line)

Writes manifests/settings, which everything else reads, and the names in the texts for people, and commits both. A
second run with the same arguments renames only what later commits of the project that you cloned brought; for other
arguments, revert the commit first. Nothing is built, pushed or sent to a cluster. What differs from the project that
you cloned is in that one commit, so that `git merge` takes in later ones. Your photos and model are the next step:
README.md, "Make it yours".
"""

from collections.abc import Sequence

from hack.delivery.adoption import adopt
from hack.delivery.command import Parser, Settings, run, say
from hack.delivery.git import WorkingCopy
from hack.delivery.team_names import (
    MOST_NAME,
    check_image,
    check_label,
    check_namespace,
    check_page,
    check_repository,
    pages_of,
)
from model.settings import FILE


def read_changes(arguments: Sequence[str] | None) -> dict[str, str]:
    """What the command line asks settings.env to be; raises CommandError if one of the names will not do."""
    parser = Parser("adopt", __doc__)
    parser.add_argument("--name", required=True, help="the InferenceService, the model in URLs, the Application")
    parser.add_argument("--image", required=True, help="REGISTRY/OWNER/NAME, without a tag; the host may have a port")
    parser.add_argument("--repo", required=True, help="address of the git repository that Argo CD is to follow")
    parser.add_argument("--namespace", help="where the service runs, and nothing else; default: its name")
    parser.add_argument("--browse", help="where people see the files of main; default: as --repo has it")
    options = parser.parse_args(arguments)
    repository = check_repository(options.repo)
    page, files = pages_of(repository, check_page(options.browse) if options.browse is not None else "")
    return {
        "NAME": check_label(options.name, "--name", MOST_NAME),
        "APPLICATION": options.name,
        "NAMESPACE": check_namespace(options.namespace or options.name, "--namespace"),
        "IMAGE": check_image(options.image),
        "REPO_URL": repository,
        "REPO_PAGE": page,
        "BROWSE_URL": files,
    }


def say_remotes(copy: WorkingCopy, repository: str) -> None:
    """Says how `origin` becomes the team's own repository, unless it is."""
    if copy.run("remote", "get-url", "origin").stdout.strip() == repository:
        return
    remotes = copy.git("remote").split()
    lines = [f"git remote add origin {repository}", "git push -u origin main"]
    if "origin" in remotes and "upstream" in remotes:
        lines[0] = f"git remote set-url origin {repository}"
    elif "origin" in remotes:
        lines.insert(0, "git remote rename origin upstream")
    say("git push and hack/release go where origin leads, and later commits of this project come from upstream:")
    for line in lines:
        say(f"  {line}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line, adopts, and shows what changed; returns the exit status."""
    changes = read_changes(arguments)
    copy = WorkingCopy(Settings.read().repository)
    if not adopt(copy, changes):
        say(f"this is {changes['NAME']} already: nothing to change")
        return 0
    print(copy.git("show", "--stat", "--format=%h %s", "HEAD"))
    print(copy.git("show", "--format=", "--unified=0", "HEAD", "--", FILE))
    say(f"this is {changes['NAME']} now. Who gets alerts, and Grafana's address, are in {FILE} too")
    say_remotes(copy, changes["REPO_URL"])
    say('next: your photos and model (README.md, "Make it yours"), git push, and the first rollout')
    return 0


if __name__ == "__main__":
    run(main)
