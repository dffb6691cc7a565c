"""Clones of one bare remote with the project's commands and manifests in them: releases without a cluster."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hack.delivery.expected import write_expected
from hack.delivery.git import WorkingCopy
from tests.unit.delivery.models import write_model

PROJECT = Path(__file__).resolve().parents[3]
# links, so that coverage measures the project's own files, and a clone's commands import them
PACKAGES = ("hack/delivery", "argocd/steward")
KUSTOMIZATION = "manifests/base/kustomization.yaml"
GIT = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "test"), ("EMAIL", "test@localhost"))
} | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


class Clone:
    """A person's or a runner's working copy."""

    def __init__(self, folder: Path, programs: Path):
        self.folder = folder
        self.programs = programs
        self.environment = {
            **os.environ,
            **GIT,
            "SERVING_REPO": str(folder),
            "SERVING_CONTEXT": "none",
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        for name in ("GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
            self.environment.pop(name, None)

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """Starts one of the clone's commands."""
        return subprocess.Popen(
            [self.folder / command[0], *command[1:]],
            env=self.environment | more, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *command: str, **more: str) -> tuple[int, str]:
        """Its exit status, and all that it said."""
        process = self.start(*command, **more)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def git(self, *arguments: str) -> str:
        """What git prints."""
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=self.environment, text=True, capture_output=True, check=True).stdout.strip()

    def commit_model(self, wrong: int = 0, **changes: Any) -> str:
        """Commits and pushes a model that gets so many of its hundred test photos wrong; as `write_model`."""
        write_model(self.folder / "model.pt", wrong, **changes)
        self.git("commit", "-q", "-m", f"A model that gets {wrong} photos wrong", "model.pt")
        self.git("push", "-q")
        return self.git("rev-parse", "HEAD")

    def commit(self, file: str, text: str, why: str) -> str:
        """Writes a file, commits and pushes."""
        path = self.folder / file
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
        self.git("add", file)
        self.git("commit", "-q", "-m", why)
        self.git("push", "-q")
        return self.git("rev-parse", "HEAD")

    def bump(self, tag: str, why: str = "") -> str:
        """Commits and pushes what hack/release would, or what a person would by another subject."""
        text = (self.folder / KUSTOMIZATION).read_text()
        before = next(line for line in text.splitlines() if "newTag:" in line)
        return self.commit(KUSTOMIZATION, text.replace(before, f"    newTag: {tag}"), why or f"Release {tag[:12]}")

    def tag(self, revision: str = "HEAD") -> str:
        """The tag that the manifests name there."""
        text = self.git("show", f"{revision}:{KUSTOMIZATION}")
        return next(line.split()[1] for line in text.splitlines() if "newTag:" in line)


def write_program(folder: Path, name: str, script: str) -> None:
    """A stand-in for a command of the system, found first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
    (folder / name).chmod(0o755)


def make_clones(folder: Path, count: int = 2) -> list[Clone]:
    """A bare remote and its clones, which share a folder of programs that come before those of the machine."""
    programs = folder / "programs"
    programs.mkdir(parents=True)
    first = Clone(folder / "clone-0", programs)
    copy_project(first.folder)
    first.git("init", "-q", "-b", "main")
    first.git("add", "-A")
    first.git("commit", "-q", "-m", "All of it")
    write_expected(WorkingCopy(first.folder), "HEAD")
    first.git("commit", "-q", "-a", "--amend", "--no-edit")
    remote = folder / "remote"
    first.git("clone", "-q", "--bare", ".", str(remote))
    first.git("remote", "add", "origin", str(remote))
    first.git("fetch", "-q")
    first.git("branch", "-q", "-u", "origin/main")
    clones = [first]
    for number in range(1, count):
        clone = Clone(folder / f"clone-{number}", programs)
        first.git("clone", "-q", str(remote), str(clone.folder))
        clones.append(clone)
    return clones


def copy_project(folder: Path) -> None:
    """Writes a project: this one's commands, manifests and packages, and a model that gets all its photos right."""
    for name in (
        "hack",
        "manifests",
        "tests/smoke",
        "argocd/promoted",
    ):  # kustomize and git archive read the last three
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "delivery"))
    models = [f"model/{path.name}" for path in (PROJECT / "model").iterdir() if path.name != "__pycache__"]
    for package in (*PACKAGES, *models):
        (folder / package).parent.mkdir(exist_ok=True)
        (folder / package).symlink_to(PROJECT / package)
    shutil.copy(PROJECT / ".dockerignore", folder)
    write_model(folder / "model.pt")
