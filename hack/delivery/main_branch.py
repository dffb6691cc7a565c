"""Commits to main: one commit, on top of whatever others push at the same time."""

import time
from collections.abc import Callable

from hack.delivery.command import CommandError, say
from hack.delivery.git import WorkingCopy

ATTEMPTS = 5
PUSH_SECONDS = 3  # the push that came first may still be under way
BEHIND = "the remote's main has commits that are not here"
REBASE = "git pull --rebase, then try again."


def check_tree(copy: WorkingCopy) -> None:
    """Fetches main, and raises CommandError unless the working copy is clean and on main."""
    if copy.git("status", "--porcelain"):
        hint = "An image is built from a commit: commit them, or put them aside. See: git status"
        raise CommandError("the working tree has changes that are not committed", hint)
    if copy.run("symbolic-ref", "-q", "--short", "HEAD").stdout.strip() != "main":
        raise CommandError("HEAD is not on main, which Argo CD follows", "git switch main")
    if copy.has_upstream():
        fetched = copy.run("fetch", "-q")
        if fetched.returncode:
            raise CommandError("cannot fetch from the remote", fetched.stderr.strip())


def check_newest(copy: WorkingCopy) -> None:
    """Raises CommandError if the remote's main has commits that HEAD lacks: HEAD is not what will be on main."""
    if copy.has_upstream() and not copy.is_ancestor("@{u}", "HEAD"):
        raise CommandError(BEHIND, REBASE)


def fast_forward(copy: WorkingCopy) -> None:
    """Takes up what the remote's main has. Unpushed commits are never rewritten: an image may be built from them."""
    if copy.has_upstream() and not copy.succeeds("merge", "-q", "--ff-only", "@{u}"):
        raise CommandError(f"{BEHIND}, and there are others here; nothing was pushed", REBASE)


def publish(copy: WorkingCopy, make_commit: Callable[[], bool]) -> bool:
    """Makes one commit and pushes it, again on top of theirs if others push first.

    Args:
        copy: a working copy on main, checked by `check_tree`.
        make_commit: makes the commit; called once for each attempt. Returns False if there is nothing to commit.

    Returns:
        False if there was nothing to commit.

    Raises:
        CommandError: the remote takes no push, or others pushed each time. Nothing is left of the commit.
    """
    for _ in range(ATTEMPTS):
        if not make_commit():
            return False
        if not copy.has_upstream():
            return True
        pushed = copy.run("push", "-q")
        if pushed.returncode == 0:
            return True
        copy.git("reset", "-q", "--keep", "HEAD~")
        take_up_their_push(copy, (pushed.stdout + pushed.stderr).strip())
    message = f"others pushed {ATTEMPTS} times while this was tried; nothing of it was pushed"
    raise CommandError(message, "Try again when fewer people push.")


def take_up_their_push(copy: WorkingCopy, refusal: str) -> None:
    """Fast-forwards to the commits that made the remote refuse ours; `refusal` is what it said."""
    before, deadline = copy.git("rev-parse", "@{u}"), time.monotonic() + PUSH_SECONDS
    while not copy.succeeds("fetch", "-q") or copy.git("rev-parse", "@{u}") == before:
        if time.monotonic() > deadline:
            raise CommandError("the remote takes no push; nothing was changed there", refusal)
        time.sleep(1)
    fast_forward(copy)
    say(f"somebody else pushed at the same moment: trying again on top of {copy.describe('HEAD')}")
