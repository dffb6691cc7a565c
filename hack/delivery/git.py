"""A git working copy."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from hack.delivery.command import CommandError, need


class WorkingCopy:
    """Runs git in one working copy; `git` returns what it prints, and the other methods name what they ask for."""

    def __init__(self, folder: Path):
        need("git", "https://git-scm.com/downloads")
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs git and returns its exit status and output, whatever they are."""
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, errors="replace", check=False
        )

    def git(self, *arguments: str, **environment: str) -> str:
        """Runs git and returns what it prints, without the last line break.

        Raises:
            CommandError: git failed; the hint is what it said.
        """
        done = self.run(*arguments, **environment)
        if done.returncode:
            raise CommandError(f"git {arguments[0]} failed in {self}", done.stderr.strip())
        return done.stdout.rstrip("\n")

    def commit(self, paragraphs: Sequence[str], files: Sequence[str]) -> None:
        """Commits what is different in these files; if git refuses, they are again as HEAD has them.

        Raises:
            CommandError: git refused, a hook for one; the hint is what it said.
        """
        self.git("add", "-A", "--", *files)
        try:
            self.git("commit", "-q", *(part for text in paragraphs for part in ("-m", text)), "--", *files)
        except CommandError:
            for file in files:
                if not self.succeeds("checkout", "-q", "HEAD", "--", file):
                    self.run("rm", "-q", "-f", "--", file)
            raise

    def read_file(self, revision: str, path: str) -> bytes | None:
        """The content of a file in a revision; None if there is no such revision, or no such file in it."""
        command = ["git", "-C", str(self.folder), "cat-file", "blob", f"{revision}:{path}"]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def succeeds(self, *arguments: str) -> bool:
        """Whether git exits with 0: its way of answering yes."""
        return self.run(*arguments).returncode == 0

    def find_commit(self, name: str) -> str | None:
        """The full hash of the commit that a hash, a tag or a branch names; None if there is no such commit."""
        done = self.run("rev-parse", "-q", "--verify", f"{name}^{{commit}}")
        return done.stdout.strip() if done.returncode == 0 else None

    def head(self) -> str:
        """The full hash of HEAD."""
        return self.git("rev-parse", "HEAD")

    def describe(self, commit: str) -> str:
        """Short hash and subject, for a person."""
        return self.git("log", "-1", "--format=%h %s", commit)

    def is_ancestor(self, commit: str, other: str) -> bool:
        """Whether `other` has `commit` in its history, or is it; also False if one of them is not a commit."""
        return self.succeeds("merge-base", "--is-ancestor", commit, other)

    def has_upstream(self) -> bool:
        """Whether the branch follows one of a remote."""
        return self.succeeds("rev-parse", "-q", "--verify", "@{u}")
