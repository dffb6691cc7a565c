"""Asks registries which images they have. The shell scripts ask by this module:

  python -m hack.delivery.registry NAME:TAG

prints the image's digest. Exit status: 0 there, 3 the registry says that it has no such image, 2 it gives no answer.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from http.client import HTTPException
from subprocess import SubprocessError
from typing import NoReturn
from urllib.error import HTTPError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from hack.delivery.command import CommandError, run
from hack.delivery.registry_login import authorize
from tests.smoke.image_reference import ImageReference

MANIFEST_TYPES = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    )
)
TIMEOUT_SECONDS = 30.0
MAX_MANIFEST_BYTES = 4 * 1024 * 1024  # the limit of the OCI distribution specification
ABSENT = 3  # the exit status; not 1, which is that of a crash
HUB, HUB_ADDRESS = "docker.io", "registry-1.docker.io"


class NoAnswerError(CommandError):
    """Nobody can say whether the image is there: nothing may be built, tagged or released because of that."""

    status = 2


def is_local(registry: str) -> bool:
    """Whether it is the registry of this machine (localhost:…), whose images are known by their tags alone."""
    return registry.partition(":")[0] == "localhost"


def check_registry(registry: str) -> None:
    """Raises CommandError unless this can be a registry's name: it has a port or a dot, as docker wants it."""
    valid = "/" not in registry and (":" in registry or "." in registry)
    if not valid:
        hint = "Examples: public, ghcr.io, registry.example.com:5000. Not set, it is the registry of this machine."
        raise CommandError(f"SERVING_PUSH={registry} names no registry", hint)


def find_digest(image: ImageReference, timeout: float = TIMEOUT_SECONDS) -> str | None:
    """Returns the digest, sha256:…, that a registry has for a tag.

    Args:
        image: its name, with the registry, and its tag. A digest in it is not looked at.
        timeout: seconds that the registry may be silent.

    Returns:
        None if the registry says that it has no such image.

    Raises:
        NoAnswerError: it cannot be reached, refuses, fails, or is no registry.
    """
    host = HUB_ADDRESS if image.registry == HUB else image.registry
    scheme = "http" if is_local(host) else "https"
    request = Request(  # noqa: S310  the scheme is one of these two
        f"{scheme}://{host}/v2/{image.path}/manifests/{image.revision}", headers={"Accept": MANIFEST_TYPES}
    )
    # a proxy for the outside knows nothing of this machine's registry
    opener = build_opener(ProxyHandler({})) if is_local(host) else build_opener()
    try:
        manifest = fetch_manifest(opener, request, image, timeout)
    except (OSError, HTTPException, ValueError, SubprocessError) as error:
        refuse(image, str(getattr(error, "reason", error)) or type(error).__name__)
    if manifest is None:
        return None
    if len(manifest) > MAX_MANIFEST_BYTES or not manifest.startswith(b"{"):
        refuse(image, "what it sends is no manifest")
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def fetch_manifest(opener: OpenerDirector, request: Request, image: ImageReference, timeout: float) -> bytes | None:
    """Returns the manifest as the registry sends it, or None if the registry says that there is none.

    Raises:
        OSError, HTTPException, ValueError, SubprocessError: it gives no answer.
    """
    try:
        return read_manifest(opener, request, timeout)
    except HTTPError as error:
        with error:
            challenge = error.headers.get("WWW-Authenticate")
            if error.code != 401 or not challenge:
                check_absent(error)
                return None
    # not passed on to where the registry may redirect to
    credentials = authorize(opener, challenge, image.registry, image.path, timeout)
    request.add_unredirected_header("Authorization", credentials)
    try:
        return read_manifest(opener, request, timeout)
    except HTTPError as error:
        with error:
            check_absent(error)
            return None


def read_manifest(opener: OpenerDirector, request: Request, timeout: float) -> bytes:
    """Returns the body of the response, or a little more than is allowed of one that is too long."""
    with opener.open(request, timeout=timeout) as response:
        body: bytes = response.read(MAX_MANIFEST_BYTES + 1)
        return body


def check_absent(error: HTTPError) -> None:
    """Raises the error again, unless it is a registry's word that there is no such image: 404 with a list of errors.

    A web server that is no registry answers 404 too, but without such a list.
    """
    try:
        answer = json.loads(error.read(MAX_MANIFEST_BYTES))
    except ValueError:
        raise error from None
    if error.code != 404 or not isinstance(answer, dict) or not isinstance(answer.get("errors"), list):
        raise error


def refuse(image: ImageReference, why: str) -> NoReturn:
    """Raises NoAnswerError."""
    raise NoAnswerError(
        f"{image.registry} gives no answer about {image.path}:{image.revision}: {why}",
        "Nothing was changed. Is it running and reachable? Does it need: docker login? Then try again.",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the digest of the image that is the only argument; returns the exit status."""
    try:
        (name,) = sys.argv[1:] if arguments is None else arguments
        image = ImageReference.parse(name)
    except ValueError as error:
        raise CommandError(f"one image is needed, NAME:TAG: {error}") from None
    check_registry(image.registry)
    digest = find_digest(image)
    if digest is None:
        return ABSENT
    print(digest)
    return 0


if __name__ == "__main__":
    run(main, refusal=NoAnswerError.status)
