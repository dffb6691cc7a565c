"""Makes a clone of this project your team's: the name of the service, its image, namespace and repository.

  hack/adopt --name fruit --image ghcr.io/acme/fruit --repo https://github.com/acme/fruit.git
  hack/adopt --name fruit --image registry.acme.example:5000/ml/fruit --repo git@git.acme.example:ml/fruit.git
             --namespace ml-fruit --browse https://git.acme.example/ml/fruit/src/branch/main    (on one line)

Writes manifests/settings, which everything else reads, and the names in the texts for people, and commits both; a
second run changes nothing. Nothing is built, pushed or sent to a cluster. What differs from the project that you cloned
is in that one commit, so that `git merge` takes in later ones. Your photos and model are the next step: README.md,
"Make it yours".
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from hack.delivery.command import CommandError, Parser, Settings, run, say
from hack.delivery.environments import STAGING_FILE
from hack.delivery.git import WorkingCopy
from model.settings import FILE, parse_settings
from tests.smoke.image_reference import ImageReference

TEXTS = ("README.md", "predictor/README.md", "manifests/monitoring/runbook.md")
MOST_NAME = 40  # KServe puts "-predictor" and more behind it, and Kubernetes takes 63
MOST_NAMESPACE = 55  # likewise; that of staging ends with -staging
LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")  # RFC 1035, which KServe asks for
SSH = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/:][^:]*)")  # git's short form: git@host:owner/name.git
FILES_OF_MAIN = {"gitlab": "/-/blob/main", "bitbucket": "/src/main", "codeberg": "/src/branch/main"}


def check_label(value: str, what: str, most: int) -> str:
    """Returns a name that Kubernetes takes; raises CommandError if it takes no such name."""
    if not LABEL.fullmatch(value) or len(value) > most:
        hint = f"Lower-case letters, digits and hyphens, a letter first, no hyphen last, at most {most}."
        raise CommandError(f"{what} {value!r} is no name that Kubernetes takes", hint)
    return value


def check_image(value: str) -> str:
    """Returns an image's name; raises CommandError if it is none, or has a tag."""
    try:
        ImageReference.parse(f"{value}:tag")
    except ValueError:
        hint = "REGISTRY/OWNER/NAME in lower case and without a tag, such as ghcr.io/acme/fruit"
        raise CommandError(f"--image {value!r} is no name of an image", hint) from None
    return value


def check_repository(value: str) -> str:
    """Returns the address of a repository; raises CommandError if git would not take it for one."""
    url = urlsplit(value)
    if url.password is not None:
        raise CommandError("--repo has a password in it", "It would be in git: give Argo CD credentials in a Secret.")
    is_remote = url.scheme in ("https", "http", "ssh") and url.hostname and len(url.path) > 1
    is_short = not url.scheme and SSH.fullmatch(value)
    if is_remote or is_short or (url.scheme == "file" and url.path):
        return value
    raise CommandError(f"--repo {value!r} is no address of a repository", "Such as https://github.com/acme/fruit.git")


def page_of(repository: str) -> str:
    """The page where people find a repository, as git servers have it."""
    url, short = urlsplit(repository), SSH.fullmatch(repository)
    if not url.scheme and short:
        return f"https://{short['host']}/{short['path']}".removesuffix(".git")
    if url.scheme == "ssh":
        return f"https://{url.hostname}{url.path}".removesuffix(".git")
    return repository.removesuffix("/").removesuffix(".git")


def files_of(page: str) -> str:
    """Where such a page shows the files of main."""
    server = page.split("/")[2] if "://" in page else ""
    return page + next((path for name, path in FILES_OF_MAIN.items() if name in server), "/blob/main")


def write_settings(text: str, changes: dict[str, str]) -> str:
    """The text of settings.env with other values; comments and order stay."""
    lines = text.splitlines(keepends=True)
    names = [line.partition("=")[0] for line in lines]
    return "".join(
        f"{name}={changes[name]}\n" if name in changes else line for name, line in zip(names, lines, strict=True)
    )


def rename(text: str, old: dict[str, str], new: dict[str, str]) -> str:
    """A text for people with other names in it; longer ones first, because they have shorter ones within them."""
    for name in ("BROWSE_URL", "REPO_URL", "REPO_PAGE", "IMAGE"):
        text = text.replace(old[name], new[name])
    if old["NAME"] == old["NAMESPACE"]:
        text = re.sub(rf"(-n |namespace )`?{old['NAMESPACE']}\b", rf"\g<1>{new['NAMESPACE']}", text)
    else:
        text = re.sub(rf"\b{old['NAMESPACE']}\b", new["NAMESPACE"], text)
    return re.sub(rf"(?<![\w/]){old['NAME']}(?![\w.])|(?<=/){old['NAME']}\b", new["NAME"], text)


def adopt(copy: WorkingCopy, changes: dict[str, str]) -> bool:
    """Writes the settings and the texts, and commits them; returns whether there was anything to change.

    Raises:
        CommandError: the working copy has changes that are not committed.
    """
    if copy.git("status", "--porcelain"):
        raise CommandError(f"{copy} has changes that are not committed", "Commit or stash them: git status")
    path, staging = copy.folder / FILE, copy.folder / STAGING_FILE
    old = parse_settings(path.read_text())
    path.write_text(write_settings(path.read_text(), changes))
    new = parse_settings(path.read_text())
    names = {name: f"{new[name]}-staging" for name in ("NAMESPACE", "APPLICATION")}
    staging.write_text(write_settings(staging.read_text(), names))
    for name in TEXTS:
        file = copy.folder / name
        file.write_text(rename(file.read_text(), old, new))
    if not copy.git("status", "--porcelain"):
        return False
    copy.git("commit", "-q", "-m", f"Adopt the project as {new['NAME']}", "--", FILE, STAGING_FILE, *TEXTS)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line, adopts, and shows what changed; returns the exit status."""
    parser = Parser("adopt", __doc__)
    parser.add_argument("--name", required=True, help="the InferenceService, the model in URLs, the Application")
    parser.add_argument("--image", required=True, help="REGISTRY/OWNER/NAME, without a tag; the host may have a port")
    parser.add_argument("--repo", required=True, help="address of the git repository that Argo CD is to follow")
    parser.add_argument("--namespace", help="where the service runs, and nothing else; default: its name")
    parser.add_argument("--browse", help="where people see the files of main; default: as --repo has it")
    options = parser.parse_args(arguments)
    page = page_of(check_repository(options.repo))
    changes = {
        "NAME": check_label(options.name, "--name", MOST_NAME),
        "APPLICATION": options.name,
        "NAMESPACE": check_label(options.namespace or options.name, "--namespace", MOST_NAMESPACE),
        "IMAGE": check_image(options.image),
        "REPO_URL": options.repo,
        "REPO_PAGE": page,
        "BROWSE_URL": options.browse or files_of(page),
    }
    copy = WorkingCopy(Settings.read().repository)
    if not adopt(copy, changes):
        say(f"this is {options.name} already: nothing to change")
        return 0
    print(copy.git("show", "--stat", "--format=%h %s", "HEAD"))
    print(copy.git("show", "--format=", "--unified=0", "HEAD", "--", FILE))
    say(f"this is {options.name} now. Who gets alerts, and Grafana's address, are in {FILE} too")
    say(f"git push and hack/release go where origin leads: git remote set-url origin {options.repo}")
    say('next: your photos and model (README.md, "Make it yours"), git push, and the first rollout')
    return 0


if __name__ == "__main__":
    run(main)
