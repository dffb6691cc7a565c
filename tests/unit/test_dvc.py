"""dvc.lock is true: it names the code that is here, so `dvc repro` trains again only when it must."""

import hashlib
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
    data = (PROJECT / "catdog.pt").read_bytes()
    assert (output["path"], output["md5"]) == ("catdog.pt", hashlib.md5(data, usedforsecurity=False).hexdigest())
