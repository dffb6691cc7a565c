"""What the commands read from the cluster."""

import json
from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.environments import find_environment
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
