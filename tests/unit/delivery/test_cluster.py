"""Which cluster the commands ask, and what they read from it."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.command import PROJECT, Settings
from hack.delivery.environments import find_environment
from model.settings import NAME
from tests.unit.delivery.clones import write_program

CONDITIONS = [
    {"type": "Ready", "status": "True"},
    {"type": "RolloutFailed", "status": "Unknown", "reason": "Unschedulable", "message": "no room"},
    {"type": "PhotoCost", "status": "True", "reason": "Measured", "message": "4.1 ms"},
]


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("True", "SmokeTestPassed", []),
        ("False", "NoSmokeTest", ["NoSmokeTest: words"]),
        ("Unknown", "Proving", ["Proving: words"]),
    ],
)
def test_what_is_not_proven_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, reason: str, told: list[str]
) -> None:
    proven = {"type": "Proven", "status": status, "reason": reason, "message": "words"}
    (tmp_path / "service.json").write_text(json.dumps({"status": {"conditions": [*CONDITIONS, proven]}}))
    write_program(tmp_path, "kubectl", f"cat {tmp_path}/service.json")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert Cluster("any", find_environment("production")).read_rollout_problems() == ["Unschedulable: no room", *told]


SCRIPT = 'source hack/common.sh; printf %s "$CONTEXT"; use_own_cluster; printf " %s" "$CONTEXT"'


@pytest.mark.parametrize(("environment", "expected"), [("production", "there"), ("staging", "here")])
def test_production_may_be_in_another_cluster(monkeypatch: pytest.MonkeyPatch, environment: str, expected: str) -> None:
    """The commands in Python and those in bash ask the same cluster; hack/up changes its own alone."""
    for name, value in (("CONTEXT", "here"), ("PRODUCTION_CONTEXT", "there"), ("ENVIRONMENT", environment)):
        monkeypatch.setenv(f"SERVING_{name}", value)
    monkeypatch.delenv("SERVING_CLUSTER", raising=False)
    assert Settings.read().context_of(environment) == expected
    told = subprocess.run(["bash", "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert told.stdout == f"{expected} kind-{NAME}"


def test_no_cluster_to_ask() -> None:
    """That of production may be reached all the same."""
    here = Settings(PROJECT, context="none", production_context="there", registry="", statuses="")
    assert Cluster.find(here, replace(find_environment("production"), name="staging")) is None
    found = Cluster.find(here, find_environment("production"))
    assert found is not None
    assert found.context == "there"
