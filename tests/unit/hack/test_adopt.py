"""hack/adopt: a copy of the project becomes another team's, and takes in later commits of this one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hack.delivery.environments import STAGING_FILE
from model.settings import FILE, parse_settings
from tests.manifests.conftest import kustomize
from tests.unit.delivery.clones import GIT, PROJECT

ARGUMENTS = {
    "--name": "fruit",
    "--namespace": "ml-fruit",
    "--image": "registry.acme.example:5000/ml/fruit",
    "--repo": "git@git.acme.example:ml/fruit.git",
}
WRITTEN = {FILE, STAGING_FILE, "README.md", "predictor/README.md", "manifests/monitoring/runbook.md"}
RENDERED = (
    "manifests/production",
    "manifests/staging",
    "manifests/staging/monitoring",
    "manifests/monitoring",
    "argocd",
    "argocd/production",
    "argocd/promoted",
    "argocd/staging",
    "argocd/staging/monitoring",
    "argocd/monitoring",
    "argocd/notifications",
    "argocd/examples",
)
IN_THE_IMAGE = ("Dockerfile", "predictor", "model/contract", "tests/smoke")
LATER = (  # what this project's later commits touch: server, manifests, workflows, commands
    "predictor/http/app.py",
    "predictor/engine/engine.py",
    "manifests/base/inferenceservice.yaml",
    "manifests/base/smoke-job.yaml",
    "manifests/monitoring/rules/recording.yaml",
    "argocd/delivery/application.yaml",
    "argocd/guard/policy-git.yaml",
    ".github/workflows/release.yml",
    "hack/common.sh",
    "Dockerfile",
)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=os.environ | GIT, text=True, capture_output=True, check=True).stdout.strip()


def adopt(folder: Path, **changes: str) -> tuple[int, str]:
    """Exit status of hack/adopt, and what it says."""
    arguments = ARGUMENTS | {f"--{name}": value for name, value in changes.items()}
    words = [word for pair in arguments.items() for word in pair if pair[1]]
    done = subprocess.run(
        [folder / "hack/adopt", *words], env=os.environ | GIT, text=True, capture_output=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    return make_upstream(tmp_path / "upstream")


def make_upstream(folder: Path) -> Path:
    """This project as it is here, in a repository of its own."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, text=True, capture_output=True, check=True).stdout
    for name in listed.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The project")
    return folder


@pytest.fixture
def clone(upstream: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "fruit"
    git(tmp_path, "clone", "-q", str(upstream), str(folder))
    return folder


def test_what_it_changes(clone: Path) -> None:
    status, said = adopt(clone)
    assert status == 0, said
    assert git(clone, "status", "--porcelain") == ""
    assert set(git(clone, "diff", "--name-only", "HEAD~").split()) == WRITTEN
    for line in ("+NAME=fruit", "+APPLICATION=fruit", "+IMAGE=registry.acme.example:5000/ml/fruit", "README.md"):
        assert line in said
    settings = parse_settings((clone / FILE).read_text())
    assert settings["REPO_PAGE"] == "https://git.acme.example/ml/fruit"
    assert "/v1/models/fruit:predict" in (clone / "README.md").read_text()
    assert "-n ml-fruit" in (clone / "README.md").read_text()
    assert adopt(clone)[1].endswith("this is fruit already: nothing to change\n")


def test_nothing_that_is_deployed_has_the_old_name(clone: Path) -> None:
    assert adopt(clone)[0] == 0
    for folder in RENDERED:
        text = kustomize(clone / folder)
        assert "$(" not in text.replace("$(POD", "")
        assert "catdog" not in text.lower(), folder
    assert "image: registry.acme.example:5000/ml/fruit:" in kustomize(clone / "manifests/production")
    for name in IN_THE_IMAGE:
        found = [path for path in [clone / name, *(clone / name).rglob("*")] if path.is_file() and path.suffix != ".md"]
        assert found
        assert [path for path in found if b"catdog" in path.read_bytes().lower()] == []


def test_later_commits_merge(upstream: Path, clone: Path) -> None:
    assert adopt(clone)[0] == 0
    before = (clone / FILE).read_text()
    for name in LATER:
        lines = (upstream / name).read_text().splitlines(keepends=True)
        middle = len(lines) // 2
        changed = (*lines[:middle], "# a later line\n", *lines[middle:], "# the last line\n")
        (upstream / name).write_text("".join(changed))
        git(upstream, "commit", "-q", "-a", "-m", f"A later change of {name}")
    git(clone, "fetch", "-q")
    git(clone, "merge", "-q", "--no-edit", "origin/main")
    assert (clone / FILE).read_text() == before
    assert all((clone / name).read_text().endswith("# the last line\n") for name in LATER)


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("name", "Fruit", "no name that Kubernetes takes"),
        ("name", "f" * 41, "no name that Kubernetes takes"),
        ("namespace", "ml_fruit", "no name that Kubernetes takes"),
        ("image", "ghcr.io/acme/fruit:latest", "is no name of an image"),
        ("image", "ghcr.io/Acme/fruit", "is no name of an image"),
        ("repo", "fruit", "is no address of a repository"),
        ("repo", "https://me:secret@git.acme.example/fruit.git", "has a password in it"),
        ("repo", "", "required"),
    ],
)
def test_mistakes_are_one_sentence(clone: Path, argument: str, value: str, words: str) -> None:
    status, said = adopt(clone, **{argument: value})
    assert (status, words in said, len(said.splitlines())) == (1, True, 2), said
    assert git(clone, "status", "--porcelain") == ""


def test_a_tree_with_changes_is_left_alone(clone: Path) -> None:
    (clone / "README.md").write_text("mine\n")
    status, said = adopt(clone)
    assert (status, "has changes that are not committed" in said) == (1, True)
    assert (clone / "README.md").read_text() == "mine\n"
    assert "NAME=fruit" not in (clone / FILE).read_text()


@pytest.mark.parametrize(
    ("repo", "page", "browse"),
    [
        ("https://github.com/acme/fruit.git", "https://github.com/acme/fruit", "/blob/main"),
        ("ssh://git@gitlab.acme.example:2222/ml/fruit.git", "https://gitlab.acme.example/ml/fruit", "/-/blob/main"),
        ("https://codeberg.org/acme/fruit", "https://codeberg.org/acme/fruit", "/src/branch/main"),
        ("file:///srv/git/fruit.git", "file:///srv/git/fruit", "/blob/main"),
    ],
)
def test_git_servers(clone: Path, repo: str, page: str, browse: str) -> None:
    assert adopt(clone, repo=repo)[0] == 0
    settings = parse_settings((clone / FILE).read_text())
    assert (settings["REPO_URL"], settings["REPO_PAGE"], settings["BROWSE_URL"]) == (repo, page, page + browse)
