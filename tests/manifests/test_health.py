"""The health check, run by Argo CD's own Lua on statuses as they were seen on a cluster."""

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
}


@pytest.mark.parametrize("case", CASES)
def test_health(case: str, argocd: list[dict[str, Any]], tmp_path: Path) -> None:
    if not shutil.which("argocd"):
        pytest.skip("the argocd command is not installed")
    applied, conditions, expected = CASES[case]
    conditions = [{**c, "lastTransitionTime": ago(c["seconds"])} for c in conditions]
    managed = [{"manager": "argocd-controller", "operation": "Apply", "time": ago(applied)}]
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "catdog", "managedFields": managed},
        "status": {"conditions": conditions},
    }
    (tmp_path / "service.yaml").write_text(yaml.safe_dump(service))
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(find(argocd, "ConfigMap", "argocd-cm")))
    command = ["argocd", "admin", "settings", "resource-overrides", "health", str(tmp_path / "service.yaml")]
    done = subprocess.run(
        [*command, "--argocd-cm-path", str(tmp_path / "settings.yaml")], capture_output=True, text=True
    )
    assert f"STATUS: {expected}" in done.stdout, done.stdout + done.stderr
