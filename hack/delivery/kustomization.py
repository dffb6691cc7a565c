"""The one line that a release changes: newTag in manifests/kustomization.yaml. hack/up reads it by this module:

  python -m hack.delivery.kustomization COMMIT

prints the image that the commit's manifests name as words: its name, its revision and, if they name one, its digest.
"""

import re
import sys
from collections.abc import Sequence

from hack.delivery.command import CommandError, Settings, run
from hack.delivery.git import WorkingCopy
from tests.smoke.image_reference import ImageReference

MANIFESTS = "manifests"
KUSTOMIZATION = f"{MANIFESTS}/kustomization.yaml"
LINE = re.compile(r"^(?P<key> *newTag:)[ \t]*(?P<tag>.*)$", re.MULTILINE)
IMAGE = re.compile(
    r"^ *- name: *(?P<name>\S+) *\n(?: *#.*\n)*"
    r" *newTag:[ \t]*(?P<quote>[\"']?)(?P<tag>[^\s\"'#]*)(?P=quote)",
    re.MULTILINE,
)


def read_image(copy: WorkingCopy, revision: str = "HEAD") -> ImageReference:
    """Returns the image that the manifests of a revision name.

    Raises:
        CommandError: they name none.
    """
    found = IMAGE.search(copy.git("show", f"{revision}:{KUSTOMIZATION}"))
    try:
        return ImageReference.parse(f"{found['name']}:{found['tag']}" if found else "")
    except ValueError:
        hint = "It needs two lines: - name: REGISTRY/OWNER/NAME, and below it newTag: REVISION"
        raise CommandError(f"{KUSTOMIZATION} of {revision} names no image", hint) from None


def read_tag(copy: WorkingCopy, revision: str = "HEAD") -> str:
    """Returns what newTag says in a revision: REVISION or REVISION@sha256:…; the same errors as of `read_image`."""
    return read_image(copy, revision).version


def read_line(copy: WorkingCopy, revision: str) -> str:
    """Returns what stands behind newTag: in a revision, whatever it is; empty if there is no such line."""
    found = LINE.search(copy.git("show", f"{revision}:{KUSTOMIZATION}"))
    return found["tag"] if found else ""


def commit_image(copy: WorkingCopy, image: ImageReference) -> None:
    """Commits the one-line change to an image.

    Raises:
        CommandError: there is no line to change, or nothing to commit.
    """
    _write_line(copy, image.version)
    if not copy.succeeds("commit", "-q", "-m", f"Release {image.revision[:12]}", "--", KUSTOMIZATION):
        raise CommandError("nothing to commit", f"Has {KUSTOMIZATION} a line newTag: to change?")


def commit_earlier_line(copy: WorkingCopy, release: str) -> None:
    """Commits what newTag said before a release, where git cannot revert it because of changes beside that line."""
    _write_line(copy, read_line(copy, f"{release}~"))
    subject = copy.git("log", "-1", "--format=%s", release)
    copy.git("commit", "-q", "-m", f'Revert "{subject}"', "-m", f"This reverts commit {release}.", "--", KUSTOMIZATION)


def _write_line(copy: WorkingCopy, tag: str) -> None:
    file = copy.folder / KUSTOMIZATION
    file.write_text(LINE.sub(lambda line: f"{line['key']} {tag}", file.read_text()))


def is_release(copy: WorkingCopy, commit: str) -> bool:
    """Whether a commit is what `commit_image` makes: by its subject, and by the one line that it changes."""
    subject = copy.git("log", "-1", "--format=%s", commit)
    changes = copy.run("diff", "--numstat", f"{commit}~", commit).stdout.strip()
    return (
        subject.startswith("Release ")
        and changes == f"1\t1\t{KUSTOMIZATION}"
        and read_line(copy, f"{commit}~") != read_line(copy, commit)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the image that the only argument, a commit, names; returns the exit status."""
    (commit,) = sys.argv[1:] if arguments is None else arguments
    image = read_image(WorkingCopy(Settings.read().repository), commit)
    print(image.name, image.revision, image.digest)
    return 0


if __name__ == "__main__":
    run(main, refusal=2)
