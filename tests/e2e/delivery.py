"""Commits to the clone that Argo CD follows, and Argo CD's verdict on them."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .commands import PROJECT, run

KUSTOMIZATION = "manifests/base/kustomization.yaml"
PRODUCTION = "manifests/production/kustomization.yaml"
INFERENCESERVICE = "manifests/base/inferenceservice.yaml"
SMOKE_JOB = "manifests/base/smoke-job.yaml"
CLAIMS = "manifests/base/claims.json"
EXPECTED = "manifests/base/expected.json"
SHORT_BAKE_SECONDS = 5  # of the tests that are about something else
FOLLOW_PUSHES = """#!/bin/sh
until mkdir lock 2> /dev/null; do sleep 0.1; done
trap 'rmdir lock' EXIT
env -u GIT_DIR git -C {folder} pull -q --ff-only {remote} main
"""


Edit = Callable[[str], str]  # of a file's text


@dataclass(frozen=True)
class Verdict:
    """What hack/verdict said about a commit, and how long after the commit it said so."""

    color: str
    text: str
    seconds: float


def set_tag(tag: str) -> Edit:
    """The image that the manifests name."""
    return lambda text: re.sub(r"newTag: .*", f"newTag: {tag}", text)


def set_bake(seconds: int) -> Edit:
    """How long the smoke test watches after its checks."""
    return lambda text: re.sub(r'(SERVING_BAKE_SECONDS\W+value: )"[0-9]+"', rf'\g<1>"{seconds}"', text)


class Delivery:
    """A clone of the project whose main branch is the cluster's desired state."""

    def __init__(self, folder: Path):
        self.folder = folder

    def hack(self, name: str, *arguments: str, check: bool = True) -> str:
        """Runs one of the clone's commands."""
        return run(self.folder / "hack" / name, *arguments, check=check, env=self.environment()).stdout

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """Starts one of them and returns at once."""
        return subprocess.Popen(
            [self.folder / "hack" / name, *arguments],
            env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """The commands work on this clone, wherever they are called from."""
        return {**os.environ, "SERVING_REPO": str(self.folder)}

    def make_remote(self, folder: Path) -> Path:
        """A bare repository to push to; this clone, and so Argo CD, follows every push, one after the other."""
        run("git", "clone", "-q", "--bare", self.folder, folder)
        hook = folder / "hooks/post-receive"
        hook.write_text(FOLLOW_PUSHES.format(folder=self.folder, remote=folder))
        hook.chmod(0o755)
        return folder

    @classmethod
    def clone(cls, remote: Path, name: str) -> "Delivery":
        """Somebody's clone of that remote."""
        clone = cls(remote.parent / name)
        run("git", "clone", "-q", remote, clone.folder)
        clone.git("config", "user.name", name)
        clone.git("config", "user.email", f"{name}@localhost")
        return clone

    def git(self, *arguments: str) -> str:
        """Runs git in the clone."""
        return run("git", "-C", self.folder, *arguments).stdout.strip()

    def head(self) -> str:
        """The newest commit."""
        return self.git("rev-parse", "HEAD")

    def tag(self) -> str:
        """The tag that the newest commit names."""
        tag: str
        (tag,) = re.findall(r"newTag: (\S+)", (self.folder / KUSTOMIZATION).read_text())
        return tag

    def edit(self, file: str, change: Edit, why: str) -> str:
        """Commits a change of one file."""
        return self.edit_files({file: change}, why)

    def edit_files(self, changes: Mapping[str, Edit], why: str) -> str:
        """Commits changes of several files at once."""
        for file, change in changes.items():
            path = self.folder / file
            before = path.read_text()
            path.write_text(change(before))
            assert path.read_text() != before, f"the edit changed nothing in {file}"
        self.git("commit", "-q", "-m", why, "--", *changes)
        return self.head()

    def bump(self, tag: str, bake: int | None = None) -> str:
        """Commits the one-line change that a release is; with `bake` also how many seconds its bake takes."""
        changes = {KUSTOMIZATION: set_tag(tag)} | ({SMOKE_JOB: set_bake(bake)} if bake else {})
        return self.edit_files(changes, f"Release {tag[:12]}")

    def revert(self) -> str:
        """Commits the revert of HEAD."""
        self.git("revert", "--no-edit", "HEAD")
        return self.head()

    def verdict(self, commit: str, timeout: float = 180) -> Verdict:
        """Waits for the verdict on a commit, at most `timeout` seconds."""
        begin = time.monotonic()
        done = run(
            PROJECT / "hack/verdict",
            "--timeout",
            str(timeout),
            commit,
            check=False,
            env=self.environment(),
        )
        color = {0: "green", 1: "red", 2: "unknown", 3: "superseded"}[done.returncode]
        verdict = Verdict(color, done.stdout, time.monotonic() - begin)
        print(f"[{color} after {verdict.seconds:.1f} s] {done.stdout.strip()}")
        return verdict
