"""Versions that were taken back: nothing releases or promotes one again, unless a person says why."""

import re
from collections.abc import Callable

from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy

REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})", re.MULTILINE)  # what git revert writes


def find_revert(copy: WorkingCopy, file: str, read: Callable[[str], str], is_wanted: Callable[[str], bool]) -> str:
    """Returns the commit that took a version back; empty if none did, or if a later one brought it again.

    Args:
        copy: the working copy; what counts is the history of HEAD.
        file: the file with the line that names a version.
        read: the version that the file names in a revision; empty if it names none.
        is_wanted: whether a version is the one that is asked about.
    """
    for commit in copy.git("log", "--format=%H", "HEAD", "--", file).split():
        if is_wanted(read(commit)):
            return ""
        if takes_back(copy, commit) and is_wanted(read(f"{commit}~")):
            return commit
    return ""


def takes_back(copy: WorkingCopy, commit: str) -> bool:
    """Whether a commit is a revert, and not the revert of a revert."""
    found = REVERTS.search(copy.git("log", "-1", "--format=%B", commit))
    return found is not None and not REVERTS.search(copy.run("log", "-1", "--format=%B", found[1]).stdout)


def refuse_again(copy: WorkingCopy, what: str, revert: str, reason: str) -> str:
    """Returns what the commit's message is to say of a version that was taken back, often nothing.

    Args:
        copy: the working copy.
        what: the version, for a person.
        revert: the commit that took it back; empty if none did.
        reason: why it is to come again; empty where a person gave none.

    Raises:
        CommandError: it was taken back, and there is no reason to bring it again.
    """
    if not revert:
        return ""
    if not reason:
        message = f"{what} was taken back by {copy.describe(revert)}"
        raise CommandError(message, '--again "REASON" brings it all the same, and the reason is in the commit.')
    return f"It was taken back by {revert[:12]}, and comes again: {reason}"
