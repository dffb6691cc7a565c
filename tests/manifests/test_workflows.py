"""What holds for each workflow, and where they must agree with the rest of the project."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.delivery.git import WorkingCopy
from hack.delivery.image_inputs import read_inputs
from hack.delivery.release_images import MOVING_TAGS

from .conftest import PROJECT

FILES = sorted((PROJECT / ".github/workflows").glob("*.yml"))
NAMES = ("e2e", "promote", "release", "rollback", "test", "train")
Object = dict[str, Any]


def load(name: str) -> Object:
    """YAML 1.1 reads the key `on` as true."""
    workflow = yaml.safe_load((PROJECT / f".github/workflows/{name}.yml").read_text())
    return {"on" if key is True else key: value for key, value in workflow.items()}


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{name}-{key}") for name in NAMES for key, job in load(name)["jobs"].items()
    ]  # fmt: skip


def steps() -> list[Any]:
    found = []
    for name in NAMES:
        for key, job in load(name)["jobs"].items():
            found += [pytest.param(step, id=f"{name}-{key}-{n}") for n, step in enumerate(job["steps"])]
    return found


def test_these_are_all() -> None:
    assert tuple(file.stem for file in FILES) == NAMES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    uses = re.findall(r"^.*\buses: .*$", file.read_text(), re.MULTILINE)
    assert uses
    for line in uses:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_version_of_each_action() -> None:
    pins = {pin for file in FILES for pin in re.findall(r"uses: (\S+@\S+ # v[\d.]+)", file.read_text())}
    names = [pin.partition("@")[0] for pin in pins]
    assert len(names) == len(set(names)), sorted(pins)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_permitted_by_default(name: str) -> None:
    assert load(name)["permissions"] == {}


@pytest.mark.parametrize("job", jobs())
def test_every_job_says_what_it_may_and_how_long(job: Object) -> None:
    assert job["permissions"]
    assert set(job["permissions"].values()) <= {"read", "write"}
    assert job["permissions"]["contents"] == "read"
    assert 0 < job["timeout-minutes"] <= 350


@pytest.mark.parametrize("step", steps())
def test_a_step_calls_a_script(step: Object) -> None:
    if "run" not in step:
        return
    lines = step["run"].strip().splitlines()
    assert len(lines) <= 2
    assert "hack/" in step["run"] or len(lines) == 1
    assert "${{" not in step["run"], "what GitHub fills in is no program text: pass it by env"
    for script in re.findall(r"hack/[\w-]+", step["run"]):
        assert os.access(PROJECT / script, os.X_OK), script


def secrets_of(part: Object) -> set[str]:
    return set(re.findall(r"secrets\.(\w+)", yaml.safe_dump(part)))


def test_a_secret_is_only_where_main_is_protected() -> None:
    protected = ("production", "${{ vars.SERVING_RELEASE_ENVIRONMENT || 'production' }}")
    for name in NAMES:
        for key, job in load(name)["jobs"].items():
            if (name, key) == ("train", "train"):
                continue
            assert secrets_of(job) <= {"DEPLOY_KEY"}
            assert not secrets_of(job) or job["environment"] in protected
            assert not secrets_of(job) or job["permissions"].keys() <= {
                "contents", "packages", "statuses", "pull-requests",
            }  # fmt: skip


def test_secrets_of_the_training_reach_one_step_and_no_deploy_key_is_beside_them() -> None:
    job = load("train")["jobs"]["train"]
    (step,) = [step for step in job["steps"] if secrets_of(step)]
    assert step["run"] == "hack/train"
    assert secrets_of(job) == secrets_of(step)
    assert all(name.startswith(("AWS_", "MLFLOW_TRACKING_")) for name in secrets_of(step))
    assert (job["environment"], job["permissions"]) == ("training", {"contents": "read"})
    assert job["if"] == "github.ref == 'refs/heads/main'"


def test_the_training_passes_on_all_settings_that_its_command_names() -> None:
    (step,) = [step for step in load("train")["jobs"]["train"]["steps"] if step.get("run") == "hack/train"]
    head = (PROJECT / "hack/train").read_text().partition("\nset -euo")[0]
    named = set(re.findall(r"\b(?:SERVING|AWS|MLFLOW)_[A-Z_]+[A-Z]\b", head))
    assert named | {"MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"} == step["env"].keys()
    for name, value in step["env"].items():
        assert re.fullmatch(rf"\$\{{\{{ (inputs\.photos \|\| )?(vars|secrets)\.{name} }}}}", value)
    assert "pets" not in str(step)  # main's model was not trained on them


def test_only_checkouts_that_push_keep_a_credential() -> None:
    for name in NAMES:
        for job in load(name)["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is ("ssh-key" in step["with"])


def test_words_are_not_in_the_image() -> None:
    """What releases nothing must not be in it either: .dockerignore, and by it hack/build-image and hack/release."""
    inputs = read_inputs(WorkingCopy(PROJECT))
    listed = subprocess.run(["git", "ls-files", "--", *inputs], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = listed.stdout.split()
    assert {"Dockerfile", "model.pt", "predictor/__main__.py"} <= set(files)
    assert not [file for file in files if file.endswith(".md")]
    assert not [file for file in files if file.startswith("tests/")], "what judges an image is not in it"


def test_images_that_are_not_ours_are_pinned_by_digest() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    named = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    bases = [base for base in named if not base.startswith("$") and base not in stages]
    defaults = re.findall(r"_IMAGE:=([^}]+)}", (PROJECT / "hack/versions.env").read_text())
    watching = defaults[2:]  # what hack/up --monitoring adds to a cluster on this machine: by a version of theirs
    assert (len(bases), len(defaults), len(watching)) == (1, 8, 6)
    for image in bases + defaults[:2]:
        assert re.fullmatch(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image
    for image in watching:
        assert re.fullmatch(r"[a-z0-9.]+/[a-z/-]+:v?\d+\.\d+\.\d+", image), image
    assert "ARG PYTHON_IMAGE=python\n" in dockerfile  # the name of the stage that is pinned


def test_releases_queue_and_none_is_interrupted() -> None:
    assert load("release")["concurrency"] == {"group": "release", "cancel-in-progress": False}


def test_only_a_promotion_waits_for_reviewers() -> None:
    """And a status that starts no job pushes no promotion out of the queue: GitHub looks at `if` first."""
    (job,) = load("promote")["jobs"].values()
    assert (job["environment"], job["concurrency"]["cancel-in-progress"]) == ("production", False)
    assert "concurrency" not in load("promote")
    others = [each for name in NAMES if name != "promote" for each in load(name)["jobs"].values() if secrets_of(each)]
    assert {each["environment"] for each in others} == {
        "training", "${{ vars.SERVING_RELEASE_ENVIRONMENT || 'production' }}",
    }  # fmt: skip


def test_the_tag_is_given_last() -> None:
    runs = [step.get("run", step.get("uses")) for step in load("release")["jobs"]["image"]["steps"]]
    order = ["build-image", "run-image", "scan-image", "actions/attest", "sign-image", "tag-image"]
    places = [next(n for n, run in enumerate(runs) if word in run) for word in order]
    assert places == sorted(places)
    assert places[-1] == len(runs) - 1
    assert runs[-1] == f'hack/tag-image "$IMAGE" {" ".join(MOVING_TAGS)}'


def test_updates_come_weekly_and_together() -> None:
    updates = yaml.safe_load((PROJECT / ".github/dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "docker", "github-actions"}
    for update in updates:
        assert update["schedule"]["interval"] == "weekly"
        assert [group["patterns"] for group in update["groups"].values()] == [["*"]]
        for folder in update.get("directories", []):
            assert (PROJECT / folder.lstrip("/")).is_dir()
