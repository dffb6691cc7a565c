"""dvc.lock is true: it names the code that is here, so `dvc repro` trains again only when it must."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
STAGES: dict[str, Any] = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["stages"]
LOCK: dict[str, Any] = yaml.safe_load((PROJECT / "dvc.lock").read_text())["stages"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_code_of_a_stage_is_the_locked_one(stage: str) -> None:
    locked = {dependency["path"]: dependency for dependency in LOCK[stage]["deps"]}
    assert locked.keys() == set(STAGES[stage]["deps"])
    for path in locked:
        if path.startswith("model/"):
            data = (PROJECT / path).read_bytes()
            found = {"md5": hashlib.md5(data, usedforsecurity=False).hexdigest(), "size": len(data)}
            assert locked[path] == {"path": path, "hash": "md5", **found}, (
                "dvc repro, or dvc commit where nothing else changes"
            )


def test_the_model_is_the_locked_one() -> None:
    (output,) = LOCK["export"]["outs"]
    data = (PROJECT / "model.pt").read_bytes()
    assert (output["path"], output["md5"]) == ("model.pt", hashlib.md5(data, usedforsecurity=False).hexdigest())


# change nothing in the outputs: command lines, messages, limits, how outputs are put in place, tracking, and whether
# what was read is as it should be
WITHOUT_INFLUENCE = {
    "command", "contract.errors", "output", "params", "tracking", "train.checkpoint", "train.folder", "typed",
    "unfinished",
}  # fmt: skip
OF_INPUTS = {  # reads what is an input of the stage
    "teacher": {"prepare.summary"},
    "teach": {"prepare.summary", "contract.metadata"},
    "train": {"prepare.summary"},
    "evaluate": {"prepare.summary", "train.device"},
    "export": {"prepare.summary", "train.device"},
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_that_it_runs(stage: str) -> None:
    waiting, imported = re.findall(r"python -m (model\.\w+)", str(STAGES[stage]["cmd"])), set[str]()
    waiting = [f"{package}.__main__" for package in waiting]
    while waiting:
        module = waiting.pop()
        file = PROJECT.joinpath(*module.split(".")).with_suffix(".py")
        names = re.findall(r"^from (model\.\S+) import", file.read_text(), re.MULTILINE)
        found = {name.removeprefix("model.") for name in names} - imported - WITHOUT_INFLUENCE
        imported |= found
        waiting += [f"model.{name}" for name in found]
    expected = {f"model/{name.replace('.', '/')}.py" for name in imported - OF_INPUTS.get(stage, set())}
    named = {path for path in STAGES[stage]["deps"] if path.startswith("model/")}
    assert named == expected


def test_what_the_stages_make_is_no_change_for_git() -> None:
    made = [next(iter(out)) for stage in STAGES.values() for out in stage["outs"] if isinstance(out, dict)]
    kept = ["model.pt"]
    for path in [*made, "data/photos", "mlflow.db"]:
        listed = subprocess.run(["git", "check-ignore", "-q", f"{path}/x"], cwd=PROJECT, check=False)
        assert (listed.returncode == 0) == (path not in kept), path
    assert subprocess.run(["git", "check-ignore", "-q", "data/photos.dvc"], cwd=PROJECT, check=False).returncode == 1
