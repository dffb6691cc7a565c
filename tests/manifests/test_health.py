"""The health check, run by Argo CD's own Lua on statuses as they were seen on a cluster."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import find

SECONDS = timedelta(seconds=1)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - seconds * SECONDS).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(kind: str, status: str, reason: str, seconds: float) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": "words", "seconds": seconds}


def ready(reason: str, seconds: float) -> list[dict[str, Any]]:
    return [condition("Ready", "True", "", seconds), condition("PredictorReady", "True", reason, seconds)]


def unknown(seconds: float) -> dict[str, Any]:
    """What the steward writes when it is not the commit's fault; it renews that every 10 s."""
    return condition("RolloutFailed", "Unknown", "Unschedulable", seconds)


def proven(status: str, reason: str, seconds: float) -> list[dict[str, Any]]:
    """New pods have taken over, and this is what the steward says of the last sync."""
    return [*ready("NewReplicaSetAvailable", 50), condition("Proven", status, reason, seconds)]


OVERDUE = condition("PredictorReady", "False", "ProgressDeadlineExceeded", 20)
CASES = {
    "new pods have taken over": (100, ready("NewReplicaSetAvailable", 50), "Healthy"),
    "nothing to roll out": (10, ready("NewReplicaSetAvailable", 500), "Healthy"),
    "status of the previous version": (0, ready("NewReplicaSetAvailable", 500), "Progressing"),
    "rolling out": (10, ready("MinimumReplicasAvailable", 9), "Progressing"),
    "failing": (
        10,
        [*ready("MinimumReplicasAvailable", 9), condition("RolloutFailed", "True", "ErrImagePull", 2)],
        "Degraded",
    ),
    "failure of the previous commit": (
        5,
        [*ready("MinimumReplicasAvailable", 60), condition("RolloutFailed", "True", "ErrImagePull", 30)],
        "Progressing",
    ),
    "first rollout": (10, [condition("PredictorReady", "False", "MinimumReplicasUnavailable", 9)], "Progressing"),
    "KServe cannot make the pods": (10, [condition("PredictorReady", "False", "ReconcileFailed", 9)], "Degraded"),
    "no status yet": (1, [], "Progressing"),
    "no room for new pods": (90, [*ready("MinimumReplicasAvailable", 80), unknown(5)], "Progressing"),
    "no room, and KServe has waited too long": (90, [OVERDUE, unknown(5)], "Progressing"),
    "no room was said by a steward that has ended since": (90, [OVERDUE, unknown(70)], "Degraded"),
    "no room for pods of the previous commit": (2, [OVERDUE | {"seconds": 1}, unknown(5)], "Degraded"),
    "there is room again": (90, ready("NewReplicaSetAvailable", 5), "Healthy"),
    # Healthy is what a sync waits for before its smoke test
    "being synced": (100, proven("Unknown", "Syncing", 20), "Healthy"),
    "being proven": (100, proven("Unknown", "Proving", 20), "Progressing: being proven: words"),
    "proven": (100, proven("True", "SmokeTestPassed", 20), "Healthy"),
    "the smoke test failed": (
        100,
        proven("False", "SmokeTestFailed", 20),
        "Progressing: NOT PROVEN: SmokeTestFailed: words",
    ),
    "there is no smoke test": (100, proven("False", "NoSmokeTest", 20), "Progressing: NOT PROVEN: NoSmokeTest: words"),
    "not judged": (100, proven("Unknown", "NotJudged", 20), "Healthy"),
    "the smoke test of the previous commit failed": (5, proven("False", "SmokeTestFailed", 80), "Healthy"),
    "the previous commit was being proven": (5, proven("Unknown", "Proving", 80), "Healthy"),
    "pods fail while they are being proven": (
        100,
        [*proven("Unknown", "Proving", 20), condition("RolloutFailed", "True", "Error", 2)],
        "Degraded: Error: words",
    ),
    "pods fail after the smoke test": (
        100,
        [*proven("False", "SmokeTestFailed", 20), condition("RolloutFailed", "True", "Error", 2)],
        "Degraded: Error: words",
    ),
    "proven, and rolling out again": (
        10,
        [*ready("MinimumReplicasAvailable", 9), condition("Proven", "True", "SmokeTestPassed", 80)],
        "Progressing",
    ),
}


STOPPED = condition("Stopped", "True", "Stopped", 9)
NOT_STOPPED = condition("Stopped", "False", "", 9)
FAILING = [*ready("MinimumReplicasAvailable", 9), condition("RolloutFailed", "True", "ErrImagePull", 2)]
OTHERS: dict[str, dict[str, Any]] = {
    "no status": {},
    "no conditions": {"modelStatus": {"transitionStatus": "UpToDate"}},
    "ready": {"conditions": [*ready("", 9), NOT_STOPPED]},
    "ready, the model too": {"conditions": ready("", 9), "modelStatus": {"transitionStatus": "UpToDate"}},
    "starting": {"conditions": [condition("PredictorReady", "Unknown", "", 9)]},
    "not ready": {"conditions": [condition("PredictorReady", "False", "ProgressDeadlineExceeded", 9)]},
    "the model is loading": {"conditions": ready("", 9), "modelStatus": {"transitionStatus": "InProgress"}},
    "the model cannot be loaded": {
        "conditions": ready("", 9),
        "modelStatus": {"transitionStatus": "BlockedByFailedLoad"},
    },
    "it cannot be loaded, and nothing is ready": {
        "conditions": [condition("Ready", "False", "", 9)],
        "modelStatus": {"transitionStatus": "BlockedByFailedLoad"},
    },
    "stopped": {"conditions": [STOPPED, condition("Ready", "False", "Stopped", 9)]},
    "rollout failed, by our strict rules": {"conditions": FAILING},
    "rolling out, by our strict rules": {"conditions": ready("MinimumReplicasAvailable", 9)},
}


def health(
    folder: Path, settings: dict[str, Any], status: dict[str, Any], applied: float, labels: Any = None
) -> tuple[str, str]:
    """What Argo CD's own engine says, with these settings: its word, and why."""
    if not shutil.which("argocd"):
        pytest.skip("the argocd command is not installed")
    status = json.loads(json.dumps(status))
    for item in status.get("conditions", []):
        item["lastTransitionTime"] = ago(item.pop("seconds"))
    managed = [{"manager": "argocd-controller", "operation": "Apply", "time": ago(applied)}]
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "catdog", "managedFields": managed, "labels": labels or {}},
    } | ({"status": status} if status else {})
    (folder / "service.yaml").write_text(yaml.safe_dump(service))
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    command = ["argocd", "admin", "settings", "resource-overrides", "health", str(folder / "service.yaml")]
    done = subprocess.run([*command, "--argocd-cm-path", str(folder / "settings.yaml")], capture_output=True, text=True)
    said = re.search(r"^STATUS: (\w+)\nMESSAGE: (.*)$", done.stdout, re.MULTILINE)
    assert said, done.stdout + done.stderr
    return said[1], said[2]


@pytest.mark.parametrize("case", CASES)
def test_health(case: str, argocd: list[dict[str, Any]], manifests: list[dict[str, Any]], tmp_path: Path) -> None:
    applied, conditions, expected = CASES[case]
    settings, labels = find(argocd, "ConfigMap", "argocd-cm"), find(manifests, "InferenceService")["metadata"]["labels"]
    word, why = health(tmp_path, settings, {"conditions": conditions}, applied, labels)
    assert expected in (word, f"{word}: {why}")


@pytest.mark.parametrize("case", OTHERS)
def test_others_are_judged_as_by_argocd_itself(case: str, argocd: list[dict[str, Any]], tmp_path: Path) -> None:
    ours = find(argocd, "ConfigMap", "argocd-cm")
    none = ours | {"data": {}}
    status = OTHERS[case]
    assert health(tmp_path, ours, status, 30)[0] == health(tmp_path, none, status, 30)[0]
