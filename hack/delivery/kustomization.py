"""What a release changes: newTag in manifests/base/kustomization.yaml and, for another model, expected.json beside it.
hack/up reads that one line by this module:

  python -m hack.delivery.kustomization COMMIT

prints the image that the commit's manifests name as words: its name, its revision and, if they name one, its digest.
"""

import re
import sys
from collections.abc import Sequence

from hack.delivery.command import CommandError, Settings, run
from hack.delivery.expected import EXPECTED, expected_text
from hack.delivery.git import WorkingCopy
from model.settings import FILE as SETTINGS_FILE
from model.settings import IMAGE
from tests.smoke.image_reference import ImageReference

MANIFESTS = "manifests/base"
KUSTOMIZATION = f"{MANIFESTS}/kustomization.yaml"
LINE = re.compile(r"^(?P<key> *newTag:)[ \t]*(?P<tag>.*)$", re.MULTILINE)
TAG = re.compile(r"^ *newTag:[ \t]*(?P<quote>[\"']?)(?P<tag>[^\s\"'#]*)(?P=quote)", re.MULTILINE)


def read_image(copy: WorkingCopy, revision: str = "HEAD") -> ImageReference:
    """Returns the image that the manifests of a revision name.

    Raises:
        CommandError: they name none.
    """
    found = TAG.search(copy.git("show", f"{revision}:{KUSTOMIZATION}"))
    try:
        return ImageReference.parse(f"{IMAGE}:{found['tag']}" if found else "")
    except ValueError:
        hint = f"It needs a line newTag: REVISION, and {SETTINGS_FILE} a line IMAGE=REGISTRY/OWNER/NAME"
        raise CommandError(f"{KUSTOMIZATION} of {revision} names no image", hint) from None


def read_tag(copy: WorkingCopy, revision: str = "HEAD") -> str:
    """Returns what newTag says in a revision: REVISION or REVISION@sha256:…; the same errors as of `read_image`."""
    return read_image(copy, revision).version


def read_line(copy: WorkingCopy, revision: str) -> str:
    """Returns what stands behind newTag: in a revision, whatever it is; empty if there is no such line or file."""
    found = LINE.search((copy.read_file(revision, KUSTOMIZATION) or b"").decode(errors="replace"))
    return found["tag"] if found else ""


def commit_image(copy: WorkingCopy, image: ImageReference, *reasons: str) -> None:
    """Commits the one-line change to an image and, where its model is another one, what the judge expects of it.

    Of a revision that is no commit of this repository nothing is known, and what is expected stays.

    Args:
        copy: the working copy.
        image: what the manifests are to name.
        reasons: paragraphs of the commit's message; empty ones are left out.

    Raises:
        CommandError: there is no line to change, nothing to commit, or no model in that revision.
    """
    expected = expected_text(copy, image.revision) if copy.find_commit(image.revision) else None
    _write_line(copy, image.version)
    if copy.succeeds("diff", "--quiet", "HEAD", "--", KUSTOMIZATION):
        raise CommandError("nothing to commit", f"Has {KUSTOMIZATION} a line newTag: to change?")
    if expected:
        (copy.folder / EXPECTED).write_text(expected)
    files = [file for file in (KUSTOMIZATION, EXPECTED) if copy.git("status", "--porcelain", "--", file)]
    copy.commit([f"Release {image.revision[:12]}", *filter(None, reasons)], files)


def _write_line(copy: WorkingCopy, tag: str) -> None:
    file = copy.folder / KUSTOMIZATION
    file.write_text(LINE.sub(lambda line: f"{line['key']} {tag}", file.read_text()))


def is_release(copy: WorkingCopy, commit: str) -> bool:
    """Whether a commit is what `commit_image` makes: by its subject, the one line, and at most one file beside it."""
    subject = copy.git("log", "-1", "--format=%s", commit)
    changes = copy.run("diff", "--numstat", f"{commit}~", commit).stdout.splitlines()
    others = [change for change in changes if change != f"1\t1\t{KUSTOMIZATION}"]
    return (
        subject.startswith("Release ")
        and len(changes) == len(others) + 1
        and all(change.split("\t")[-1] == EXPECTED for change in others)
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
