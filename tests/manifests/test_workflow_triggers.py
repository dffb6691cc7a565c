"""When each workflow begins."""

import re
import subprocess

import pytest
import yaml

from .conftest import PROJECT
from .test_workflows import load


def test_a_release_begins_when_the_image_changes_and_only_then() -> None:
    included = [line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    expected = {f"{path}/**" if (PROJECT / path).is_dir() else path for path in included}
    paths = load("release")["on"]["push"]["paths"]
    assert set(paths) == expected | {"Dockerfile", ".dockerignore", "!**/*.md"}
    assert paths[-1] == "!**/*.md"  # GitHub goes by the last pattern that fits
    assert not [path for path in paths if path.startswith(("manifests", "*"))]  # or its own commit would start it


def test_a_training_begins_when_its_inputs_change_but_not_when_its_result_is_merged() -> None:
    paths = load("train")["on"]["push"]["paths"]
    stages = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["stages"].values()
    inputs = {path for stage in stages for path in stage["deps"]}
    code = {path for path in inputs if path.endswith(".py")}
    made = {path for stage in stages for output in stage["outs"] for path in output}
    photos = {f"{path}.dvc" for path in inputs - code - made}  # git has their names
    assert code
    assert photos == {"data/photos.dvc"}
    assert set(paths) == code | photos | {"params.yaml", "dvc.yaml"}


def test_every_push_and_pull_request_is_tested() -> None:
    """Also one that changes nothing but photos."""
    assert load("test")["on"] == {"push": None, "pull_request": None}


def test_a_newer_training_ends_an_older_one_of_the_same_branch_only() -> None:
    """Outside main no training begins, but a run that only finds that out would be the newest of a common group."""
    assert load("train")["concurrency"] == {"group": "train-${{ github.ref }}", "cancel-in-progress": True}


@pytest.mark.parametrize("folder", ["model/accept", "model/compare", "model/show", "hack", "tests"])
def test_no_training_begins_for_what_only_looks_at_models(folder: str) -> None:
    paths = load("train")["on"]["push"]["paths"]
    assert not [path for path in paths if re.search(r"[*?!\[]", path)]  # each is one file
    listed = subprocess.run(["git", "ls-files", folder], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = set(listed.stdout.split())
    assert files
    assert not files & set(paths)
