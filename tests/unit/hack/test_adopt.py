"""hack/adopt: a copy of the project becomes another team's, and takes in later commits of this one."""

import re
from pathlib import Path

import pytest

from hack.delivery.environments import STAGING_FILE
from model.settings import FILE, NAME, parse_settings
from tests.manifests.conftest import kustomize
from tests.unit.hack.clones import adopt, git

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


def named(text: str) -> bool:
    """Whether a text has the name that this copy has."""
    return bool(re.search(rf"(?<![a-z]){NAME}(?![a-z])", text.lower()))


def test_what_it_changes(clone: Path) -> None:
    status, said = adopt(clone)
    assert status == 0, said
    assert git(clone, "status", "--porcelain") == ""
    assert set(git(clone, "diff", "--name-only", "HEAD~").split()) == WRITTEN
    for line in ("+NAME=quince", "+APPLICATION=quince", "+IMAGE=registry.acme.example:5000/ml/quince", "README.md"):
        assert line in said
    settings = parse_settings((clone / FILE).read_text())
    assert settings["REPO_PAGE"] == "https://git.acme.example/ml/quince"
    assert "/v1/models/quince:predict" in (clone / "README.md").read_text()
    assert "-n ml-quince" in (clone / "README.md").read_text()
    assert adopt(clone)[1].endswith("this is quince already: nothing to change\n")


def test_nothing_that_is_deployed_has_the_old_name(clone: Path) -> None:
    assert adopt(clone)[0] == 0
    for folder in RENDERED:
        text = kustomize(clone / folder)
        assert "$(" not in text.replace("$(POD", "")
        assert not named(text), folder
    assert "image: registry.acme.example:5000/ml/quince:" in kustomize(clone / "manifests/production")
    for name in IN_THE_IMAGE:
        found = [path for path in [clone / name, *(clone / name).rglob("*")] if path.is_file() and path.suffix != ".md"]
        assert found
        assert [path for path in found if named(path.read_bytes().decode(errors="replace"))] == []


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
        ("namespace", "ml_quince", "no name that Kubernetes takes"),
        ("name", "quince-staging", "is how the staging of another service is called"),
        ("namespace", "quince-staging", "is how the staging of another service is called"),
        ("image", "ghcr.io/acme/quince:latest", "is no name of an image"),
        ("image", "ghcr.io/Acme/quince", "is no name of an image"),
        ("image", "quince", "does not say in which registry"),
        ("namespace", "monitoring", "belongs to others"),
        ("namespace", "kube-public", "belongs to others"),
        ("repo", "quince", "is no address of a repository"),
        ("repo", "https://me:secret@git.acme.example/quince.git", "has a password or a token in it"),
        ("repo", "https://token@git.acme.example/quince.git", "has a password or a token in it"),
        ("repo", "https://git.acme.example/qui nce$(id).git", "has other characters"),
        ("repo", "https://git.acme.example/quince.git\nNAME=evil", "has other characters"),
        ("repo", "file:///srv/git/quince.git", "does not say where people see the files"),
        ("browse", "nonsense", "is no address of a page"),
        ("browse", "file:///srv", "is no address of a page"),
        ("browse", "https://git.acme.example/`id`", "has other characters"),
        ("repo", "", "required"),
    ],
)
def test_mistakes_are_one_sentence(project: Path, argument: str, value: str, words: str) -> None:
    """Nothing is changed, so one copy is enough for all."""
    status, said = adopt(project, **{argument: value})
    assert (status, words in said, len(said.splitlines())) == (1, True, 2), said
    assert git(project, "status", "--porcelain") == ""


def test_a_tree_with_changes_is_left_alone(clone: Path) -> None:
    (clone / "README.md").write_text("mine\n")
    status, said = adopt(clone)
    assert (status, "has changes that are not committed" in said) == (1, True)
    assert (clone / "README.md").read_text() == "mine\n"
    assert "NAME=quince" not in (clone / FILE).read_text()


@pytest.mark.parametrize(
    ("repo", "page", "browse"),
    [
        ("https://github.com/acme/quince.git", "https://github.com/acme/quince", "/blob/main"),
        ("ssh://git@gitlab.acme.example:2222/ml/quince.git", "https://gitlab.acme.example/ml/quince", "/-/blob/main"),
        ("https://codeberg.org/acme/quince", "https://codeberg.org/acme/quince", "/src/branch/main"),
    ],
)
def test_git_servers(clone: Path, repo: str, page: str, browse: str) -> None:
    assert adopt(clone, repo=repo)[0] == 0
    settings = parse_settings((clone / FILE).read_text())
    assert (settings["REPO_URL"], settings["REPO_PAGE"], settings["BROWSE_URL"]) == (repo, page, page + browse)
