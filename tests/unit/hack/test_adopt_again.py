"""hack/adopt a second time, and where git does not do what it should."""

import os
import subprocess
from pathlib import Path

import pytest

from hack.delivery.adoption import rename, write_settings
from hack.delivery.command import CommandError
from hack.delivery.team_names import check_page, pages_of
from model.settings import FILE, NAME, parse_settings
from tests.unit.hack.clones import ARGUMENTS, adopt, git

NAMES = {
    "NAME": "pets",
    "NAMESPACE": "pets",
    "IMAGE": "ghcr.io/team/pets",
    "REPO_URL": "https://github.com/team/pets.git",
    "REPO_PAGE": "https://github.com/team/pets",
    "BROWSE_URL": "https://github.com/team/pets/blob/main",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "photos"),
        ("namespace", "photos"),
        ("image", "ghcr.io/acme/photos"),
        ("repo", "https://github.com/acme/photos"),
    ],
)
def test_other_names_are_refused(clone: Path, name: str, value: str) -> None:
    assert adopt(clone)[0] == 0
    commit = git(clone, "rev-parse", "--short", "HEAD")
    status, said = adopt(clone, **{name: value})
    assert (status, f"this is quince already, by commit {commit}" in said) == (1, True), said
    assert f"git revert {commit} first" in said
    assert git(clone, "status", "--porcelain") == ""


def test_after_a_revert_it_is_adopted_anew(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD^{tree}")
    assert adopt(clone)[0] == 0
    git(clone, "revert", "--no-edit", "HEAD")
    assert git(clone, "rev-parse", "HEAD^{tree}") == before
    status, said = adopt(clone, name="photos", namespace="")
    assert status == 0, said
    assert parse_settings((clone / FILE).read_text())["NAMESPACE"] == "photos"


def test_later_texts_get_the_names_of_the_team(upstream: Path, clone: Path) -> None:
    assert adopt(clone)[0] == 0
    with (upstream / "README.md").open("a") as readme:
        readme.write(f"\n\nLater: `kubectl get isvc {NAME}`\n")
    git(upstream, "commit", "-q", "-a", "-m", "A later text")
    git(clone, "fetch", "-q")
    git(clone, "merge", "-q", "--no-edit", "origin/main")
    before = (clone / "README.md").read_text()
    assert adopt(clone)[0] == 0
    assert (clone / "README.md").read_text() == before.replace(f"get isvc {NAME}", "get isvc quince")
    assert git(clone, "diff", "--name-only", "HEAD~") == "README.md"
    assert "nothing to change" in adopt(clone)[1]


def test_without_a_name_for_commits_nothing_is_written(clone: Path) -> None:
    words = [word for pair in ARGUMENTS.items() for word in pair]
    variables = {
        "HOME": str(clone.parent), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true",
    }  # fmt: skip
    done = subprocess.run(
        [clone / "hack/adopt", *words], env=os.environ | variables, text=True, capture_output=True, check=False
    )
    assert (done.returncode, "git does not know who commits" in done.stderr) == (1, True), done.stderr
    assert git(clone, "status", "--porcelain") == ""


def test_a_commit_that_fails_leaves_the_files_as_they_were(clone: Path) -> None:
    hook = clone / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not on a Friday >&2\nexit 1\n")
    hook.chmod(0o755)
    status, said = adopt(clone)
    assert (status, "not on a Friday" in said) == (1, True), said
    assert git(clone, "status", "--porcelain") == ""


def test_it_says_how_origin_becomes_the_teams(clone: Path) -> None:
    assert [line.removeprefix("adopt:   ") for line in adopt(clone)[1].splitlines() if "  git " in line] == [
        "git remote rename origin upstream",
        f"git remote add origin {ARGUMENTS['--repo']}",
        "git push -u origin main",
    ]
    git(clone, "reset", "-q", "--hard", "HEAD~")
    git(clone, "remote", "set-url", "origin", ARGUMENTS["--repo"])
    assert "git remote" not in adopt(clone)[1]


def test_a_repository_of_this_machine_needs_a_page() -> None:
    page = "https://git.acme.example/quince/src/branch/main"
    assert pages_of("file:///srv/git/quince.git", check_page(f"{page}/")) == (page, page)
    with pytest.raises(CommandError, match="does not say where people see the files"):
        pages_of("file:///srv/git/quince.git", "")


def test_settings_are_plain() -> None:
    assert write_settings("# b\nNAME=a\nOTHER=x\n", {"NAME": "b"}) == "# b\nNAME=b\nOTHER=x\n"
    for value in ("$(id)", "a b", "a\nB=c", "a;b", "`id`", "", "é"):
        with pytest.raises(CommandError, match="has other characters"):
            write_settings("NAME=a\n", {"NAME": value})


@pytest.mark.parametrize(
    "changes",
    [
        {"NAME": "fruit", "NAMESPACE": "ml-pets"},
        {"NAME": "pets-prod", "NAMESPACE": "pets-prod", "IMAGE": "ghcr.io/team/pets-prod"},
        {"NAME": "my-pets", "NAMESPACE": "ml", "REPO_PAGE": "https://github.com/team/pets-too"},
    ],
)
def test_texts_keep_their_signs_and_are_renamed_once(changes: dict[str, str]) -> None:
    new = NAMES | changes
    text = "namespace `{NAMESPACE}`, `-n {NAMESPACE} svc/{NAME}-x`, {IMAGE}:1, {REPO_PAGE}/x, isvc {NAME}"
    once = rename(text.format(**NAMES), NAMES, new)
    assert once == text.format(**new)
    assert rename(once, NAMES, new) == once
