"""How the commands read manifests/settings, also where a merge has gone wrong in it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hack.delivery.environments import STAGING_FILE as STAGING
from model.settings import FILE, PROJECT

SHOW = 'source hack/common.sh; echo "$NAME $NAMESPACE $ENVIRONMENT $RELEASE_TO"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that has only what is read."""
    for part in ("hack", "manifests/settings"):
        shutil.copytree(PROJECT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    text = "NAME=pets\nNAMESPACE=pets\n# words\n\nAPPLICATION=pets\nIMAGE=example.com/pets\nRELEASE_TO=production\n"
    (tmp_path / FILE).write_text(text)
    (tmp_path / STAGING).write_text("NAMESPACE=pets-staging\nAPPLICATION=pets-staging\n")
    return tmp_path


def show(folder: Path, **more: str) -> tuple[int, str, str]:
    """The exit status of a command, what it reads, and what it complains of."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SERVING_")} | more
    done = subprocess.run(
        ["bash", "-c", SHOW], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_each_environment_has_its_own(folder: Path) -> None:
    assert show(folder) == (0, "pets pets production production", "")
    assert show(folder, SERVING_ENVIRONMENT="staging") == (0, "pets pets-staging staging production", "")


def test_there_is_no_third_one(folder: Path) -> None:
    assert show(folder, SERVING_ENVIRONMENT="test") == (2, "", "SERVING_ENVIRONMENT=test must be production or staging")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_line(folder: Path, end: str) -> None:
    text = (folder / FILE).read_bytes().replace(b"RELEASE_TO=production\n", b"RELEASE_TO=staging" + end.encode())
    (folder / FILE).write_bytes(text)
    status, shown, said = show(folder)
    if end == "\r\n":
        assert (status, "must be production or staging" in said) == (2, True)
    else:
        assert (status, shown, said) == (0, "pets pets-staging staging staging", "")


def test_nothing_is_run(folder: Path) -> None:
    with (folder / FILE).open("a") as file:
        file.write("OTHER=$(touch run) `touch run`; touch run\n")
    assert show(folder)[0] == 0
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("line", "other", "said"),
    [
        ("RELEASE_TO=production\n", "", f"{FILE} needs a line RELEASE_TO=…"),
        ("NAME=pets\n", "NAME=\n", f"{FILE} needs a line NAME=…"),
        ("# words\n", "<<<<<<< HEAD\n", f"{FILE} has a line that is not NAME=VALUE: <<<<<<< HEAD"),
        ("=production", "= staging", f"RELEASE_TO= staging in {FILE} must be production or staging"),
        ("=production", "=foo", f"RELEASE_TO=foo in {FILE} must be production or staging"),
    ],
)
def test_damage_is_no_verdict(folder: Path, line: str, other: str, said: str) -> None:
    (folder / FILE).write_text((folder / FILE).read_text().replace(line, other))
    assert show(folder) == (2, "", said)


def test_damage_of_stagings(folder: Path) -> None:
    (folder / STAGING).write_text("NAMESPACE=pets-staging\n")
    assert show(folder, SERVING_ENVIRONMENT="staging") == (2, "", f"{STAGING} needs a line APPLICATION=…")
    (folder / STAGING).unlink()
    status, _, said = show(folder, SERVING_ENVIRONMENT="staging")
    assert (status, said) == (2, f"{STAGING} is missing: git checkout -- {STAGING}")
