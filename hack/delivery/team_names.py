"""What hack/adopt takes for the names of a team: each is checked, because all commands read them as shell."""

import re
from urllib.parse import urlsplit

from hack.delivery.command import CommandError
from tests.smoke.image_reference import ImageReference

MOST_NAME = 40  # KServe puts "-predictor" and more behind it, and Kubernetes takes 63
MOST_NAMESPACE = 55  # likewise; that of staging ends with -staging
LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")  # RFC 1035, which KServe asks for
PLAIN = re.compile(r"[\w.~:/@%+,=-]+", re.ASCII)  # what no shell, kustomize or Docker Compose takes for more than text
SSH = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/:][^:]*)")  # git's short form: git@host:owner/name.git
OF_OTHERS = ("default", "argocd", "kserve", "cert-manager", "knative-serving", "monitoring")  # and kube-…
FILES_OF_MAIN = {"gitlab": "/-/blob/main", "bitbucket": "/src/main", "codeberg": "/src/branch/main"}


def check_plain(value: str, what: str) -> str:
    """Returns a value of settings.env; raises CommandError if a shell might take it for more than text."""
    if not PLAIN.fullmatch(value):
        raise CommandError(f"{what} {value!r} has other characters than an address has", "Letters, digits, .~:/@%+,=-_")
    return value


def check_label(value: str, what: str, most: int) -> str:
    """Returns a name that Kubernetes takes; raises CommandError if it takes no such name, or staging is called so."""
    if not LABEL.fullmatch(value) or len(value) > most:
        hint = f"Lower-case letters, digits and hyphens, a letter first, no hyphen last, at most {most}."
        raise CommandError(f"{what} {value!r} is no name that Kubernetes takes", hint)
    if value.endswith("-staging"):
        raise CommandError(f"{what} {value!r} is how the staging of another service is called", "Another end will do.")
    return value


def check_namespace(value: str, what: str) -> str:
    """Returns the name of a namespace; raises CommandError if it is none, or one that others have."""
    if value in OF_OTHERS or value.startswith("kube-"):
        hint = "It must belong to the service alone: name one with --namespace, such as ml-fruit."
        raise CommandError(f"the namespace {value!r} belongs to others", hint)
    return check_label(value, what, MOST_NAMESPACE)


def check_image(value: str) -> str:
    """Returns an image's name; raises CommandError if it is none, or has a tag or no registry."""
    hint = "REGISTRY/OWNER/NAME in lower case and without a tag, such as ghcr.io/acme/fruit"
    try:
        ImageReference.parse(f"{value}:tag")
    except ValueError:
        raise CommandError(f"--image {value!r} is no name of an image", hint) from None
    if "/" not in value:
        raise CommandError(f"--image {value!r} does not say in which registry", hint)
    return value


def check_repository(value: str) -> str:
    """Returns the address of a repository; raises CommandError if git would not take it for one."""
    url = urlsplit(check_plain(value, "--repo"))
    if url.password is not None or (url.scheme in ("https", "http") and url.username is not None):
        hint = "It would be in git: give Argo CD credentials in a Secret."
        raise CommandError("--repo has a password or a token in it", hint)
    is_remote = url.scheme in ("https", "http", "ssh") and url.hostname and len(url.path) > 1
    is_short = not url.scheme and SSH.fullmatch(value)
    if is_remote or is_short or (url.scheme == "file" and url.path):
        return value
    raise CommandError(f"--repo {value!r} is no address of a repository", "Such as https://github.com/acme/fruit.git")


def check_page(value: str) -> str:
    """Returns the address of a page without a slash at its end; raises CommandError if a browser shows no such page."""
    url = urlsplit(check_plain(value, "--browse"))
    if url.scheme not in ("https", "http") or not url.hostname or url.username is not None:
        hint = "Such as https://git.acme.example/ml/fruit/src/branch/main"
        raise CommandError(f"--browse {value!r} is no address of a page", hint)
    return value.rstrip("/")


def pages_of(repository: str, browse: str) -> tuple[str, str]:
    """The page where people find a repository, and where they see the files of main.

    Args:
        repository: its address, as `check_repository` takes it.
        browse: the second one, if it is known; else it is guessed, as git servers have it.

    Raises:
        CommandError: there is nothing to guess it from.
    """
    url, short = urlsplit(repository), SSH.fullmatch(repository)
    if url.scheme == "file":
        if not browse:
            hint = "Name it: --browse https://git.acme.example/ml/fruit/src/branch/main"
            raise CommandError(f"{repository} does not say where people see the files", hint)
        return browse, browse
    if not url.scheme and short:
        page = f"https://{short['host']}/{short['path']}"
    elif url.scheme == "ssh":
        page = f"https://{url.hostname}{url.path}"
    else:
        page = repository.removesuffix("/")
    page = page.removesuffix(".git")
    server = page.split("/")[2]
    return page, browse or page + next((path for name, path in FILES_OF_MAIN.items() if name in server), "/blob/main")
