"""What production follows where there is a staging: a commit of main, named by one line that hack/promote changes."""

import re
from collections.abc import Callable

from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy

FILE = "argocd/promoted/revision.yaml"
LINE = re.compile(r"^(?P<key> *targetRevision:)[ \t]*(?P<revision>\S*).*$", re.MULTILINE)
NOTHING = "none"
"""What the line says before the first promotion."""
COMMIT = re.compile(r"[0-9a-f]{40}")


def read_promoted(copy: WorkingCopy, revision: str = "HEAD") -> str:
    """Returns the commit that production follows in a revision; empty if it names none."""
    found = LINE.search((copy.read_file(revision, FILE) or b"").decode(errors="replace"))
    return found["revision"] if found and COMMIT.fullmatch(found["revision"]) else ""


def commit_promotion(copy: WorkingCopy, commit: str, *reasons: str) -> None:
    """Commits the change of the line.

    Args:
        copy: a clean working copy.
        commit: full hash of what production is to follow.
        reasons: paragraphs of the commit's message; empty ones are left out.

    Raises:
        CommandError: there is no line to change.
    """
    text = (copy.read_file("HEAD", FILE) or b"").decode(errors="replace")
    if not LINE.search(text):
        raise CommandError(f"{FILE} has no line targetRevision: to change", f"git log -p -- {FILE}")
    (copy.folder / FILE).write_text(LINE.sub(lambda line: f"{line['key']} {commit}", text, count=1))
    copy.commit([f"Promote {commit[:12]}", *filter(None, reasons)], [FILE])


def is_promotion(copy: WorkingCopy, commit: str) -> bool:
    """Whether a commit is what `commit_promotion` makes: by its subject and its one line."""
    changes = copy.run("diff", "--numstat", f"{commit}~", commit).stdout.splitlines()
    return copy.git("log", "-1", "--format=%s", commit).startswith("Promote ") and changes == [f"1\t1\t{FILE}"]


def find_promotion(copy: WorkingCopy, is_wanted: Callable[[str], bool]) -> str:
    """Returns the newest commit that changed the line, if it promoted what is wanted.

    Raises:
        CommandError: production follows something else by now, or that was no promotion.
    """
    newest = copy.git("log", "-1", "--format=%H", "HEAD", "--", FILE)
    promoted = read_promoted(copy, newest) if newest else ""
    if not promoted or not is_wanted(promoted):
        raise CommandError(f"that is not what production follows ({promoted[:12] or 'nothing yet'})")
    if not is_promotion(copy, newest):
        message = f"what production follows was not promoted by hack/promote, but by {copy.describe(newest)}"
        raise CommandError(message, f"A person has to judge it: git revert {newest}")
    return newest
