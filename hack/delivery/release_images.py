"""Which image a release takes: one that the registry has, or one that is built and judged now."""

import os
import subprocess
import sys
from dataclasses import replace

from hack.delivery.command import PROJECT, CommandError
from hack.delivery.git import WorkingCopy
from hack.delivery.image_inputs import read_inputs
from hack.delivery.kustomization import read_image
from hack.delivery.main_branch import check_newest, fast_forward
from hack.delivery.models import Models
from hack.delivery.registry import check_registry, find_digest, is_local
from tests.smoke.image_reference import ImageReference

MOVING_TAGS = ("main", "latest")  # release.yml moves them, for people


class ReleaseImages:
    """Finds, or makes, the image of a release, and says what newTag is to be for it.

    Args:
        copy: the working copy that is released.
        registry: host and port of the registry that the image is in, or is pushed to.
        models: refuse a model before minutes are spent on its image.
    """

    def __init__(self, copy: WorkingCopy, registry: str, models: Models):
        self.copy = copy
        self.registry = registry
        self.models = models

    def find(self, tag: str) -> str:
        """Returns what newTag is to say for a revision, or REVISION@sha256:…, whose image the registry has.

        Raises:
            CommandError: the registry does not have it, has another image of that revision, or gives no answer.
        """
        fast_forward(self.copy)
        try:
            wanted = ImageReference.parse(f"{read_image(self.copy).name}:{tag}")
        except ValueError:
            raise CommandError(f"{tag} is not REVISION or REVISION@sha256:DIGEST", "hack/release --help") from None
        if wanted.revision in MOVING_TAGS:
            hint = "Name the revision that it is of; the image's label org.opencontainers.image.revision says which."
            raise CommandError(f"{wanted.revision} is a tag that moves: nothing is released by it", hint)
        version = self.find_version(wanted)
        if version is None:
            hint = "A tag is the full hash of a commit. Without --tag, the image is built."
            raise CommandError(f"the registry has no image with the tag {wanted.revision}", hint)
        return version

    def provide(self) -> str:
        """Returns what newTag is to say for HEAD, whose image is built and judged if the registry does not have it."""
        check_newest(self.copy)
        image = self.choose()
        self.models.check(image.revision, read_image(self.copy).revision)
        return self.find_version(image) or self.build(image)

    def choose(self) -> ImageReference:
        """Returns the image of HEAD, or what is released already if nothing that an image is made of has changed."""
        released = read_image(self.copy)
        revision = released.revision
        inputs = read_inputs(self.copy)
        if self.copy.find_commit(revision) and self.copy.succeeds("diff", "--quiet", revision, "HEAD", "--", *inputs):
            # an image that this machine builds again has other bytes
            return replace(released, digest="") if is_local(self.registry) else released
        return ImageReference(released.name, self.copy.head())

    def build(self, image: ImageReference) -> str:
        """Builds the image once, judges it, tags that very image, and returns what newTag is to say for it."""
        built = run_script("build-image", "--candidate", image.revision, capture=True)
        run_script("run-image", SERVING_IMAGE=built)
        run_script("tag-image", built)
        return self.name_version(image.revision, built.partition("@")[2])

    def find_version(self, image: ImageReference) -> str | None:
        """Returns the image's revision and, unless the registry is this machine's, its digest; None if it has none.

        Raises:
            CommandError: the registry has another image of that revision, or gives no answer.
        """
        check_registry(self.registry)
        digest = find_digest(replace(image, name=f"{self.registry}/{image.path}"))
        if digest is None:
            return None
        if image.digest and image.digest != digest:
            hint = "Somebody moved a tag that must not move, or the digest is of another revision."
            raise CommandError(f"{self.registry} has another image of {image.revision}: {digest}", hint)
        return self.name_version(image.revision, digest)

    def name_version(self, revision: str, digest: str) -> str:
        """Returns what newTag says: with the digest, unless the registry is this machine's, which builds its own."""
        return ImageReference("", revision, "" if is_local(self.registry) else digest).version


def run_script(name: str, *arguments: str, capture: bool = False, **environment: str) -> str:
    """Runs one of the scripts in hack/; returns what it prints if that is captured. If it fails, it has said why."""
    command = [str(PROJECT / "hack" / name), *arguments]
    stdout = subprocess.PIPE if capture else None
    done = subprocess.run(command, env=os.environ | environment, stdout=stdout, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return (done.stdout or "").strip()
