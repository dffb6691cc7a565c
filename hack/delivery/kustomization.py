"""The one line that a release changes: newTag in manifests/kustomization.yaml."""

import re

from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy

MANIFESTS = "manifests"
KUSTOMIZATION = f"{MANIFESTS}/kustomization.yaml"
LINE = re.compile(r"^(?P<key> *newTag:) *(?P<tag>.*)$", re.MULTILINE)
IMAGE = re.compile(r"^ *- name: ghcr\.io/(?P<name>\S+)$", re.MULTILINE)


def read_tag(copy: WorkingCopy, revision: str = "HEAD") -> str:
    """Returns the tag that the manifests of a revision name; empty if they name none."""
    found = LINE.search(copy.git("show", f"{revision}:{KUSTOMIZATION}"))
    return found["tag"].strip('"') if found else ""


def read_image(copy: WorkingCopy) -> str:
    """Returns the image's name without its registry, for example catdog-team/catdog."""
    found = IMAGE.search((copy.folder / KUSTOMIZATION).read_text())
    if not found:
        raise CommandError(f"{KUSTOMIZATION} names no image of ghcr.io", "It needs a line: - name: ghcr.io/OWNER/NAME")
    return found["name"]


def commit_tag(copy: WorkingCopy, tag: str) -> None:
    """Commits the one-line change to `tag`.

    Raises:
        CommandError: there is no line to change, or nothing to commit.
    """
    file = copy.folder / KUSTOMIZATION
    file.write_text(LINE.sub(rf"\g<key> {tag}", file.read_text()))
    if not copy.succeeds("commit", "-q", "-m", f"Release {tag[:12]}", "--", KUSTOMIZATION):
        raise CommandError("nothing to commit", f"Has {KUSTOMIZATION} a line newTag: to change?")


def is_release(copy: WorkingCopy, commit: str) -> bool:
    """Whether a commit is what `commit_tag` makes: by its subject, and by the one line that it changes."""
    subject = copy.git("log", "-1", "--format=%s", commit)
    changes = copy.run("diff", "--numstat", f"{commit}~", commit).stdout.strip()
    return (
        subject.startswith("Release ")
        and changes == f"1\t1\t{KUSTOMIZATION}"
        and read_tag(copy, f"{commit}~") != read_tag(copy, commit)
    )
