"""Nothing that matters gets lost between the files and the cluster."""

import re
import subprocess
from typing import Any

import pytest

from predictor.limits import Limits

from .conftest import PROJECT, find

Objects = list[dict[str, Any]]


def predictor(manifests: Objects) -> dict[str, Any]:
    spec: dict[str, Any] = find(manifests, "InferenceService")["spec"]["predictor"]
    return spec


def container(manifests: Objects) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = predictor(manifests)["containers"]
    return only


def smoke(manifests: Objects) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = find(manifests, "Job", "catdog-smoke")["spec"]["template"]["spec"]["containers"]
    return only


def expected_image(part: dict[str, Any]) -> str:
    (value,) = [str(item["value"]) for item in part["env"] if item["name"] == "CATDOG_EXPECTED_IMAGE"]
    return value


def test_server_and_smoke_test_run_the_same_tagged_image(manifests: Objects) -> None:
    image = container(manifests)["image"]
    assert image == smoke(manifests)["image"]
    assert re.fullmatch(r"ghcr\.io/catdog-team/catdog:[0-9a-f]{40}(@sha256:[0-9a-f]{64})?", image)
    assert expected_image(container(manifests)) == expected_image(smoke(manifests)) == image


def test_args_probes_and_gate_survive(manifests: Objects) -> None:
    server = container(manifests)
    assert server["name"] == "kserve-container"
    assert server["args"][:3] == ["python", "-m", "predictor"]
    assert "--model_path=/app/catdog.pt" in server["args"]
    gate, ready = server["startupProbe"]["exec"]["command"], server["readinessProbe"]["exec"]["command"]
    assert gate[:4] == ["python", "-m", "smoke", "gate"]
    assert "/app/smoke/ready.py" in ready
    assert gate[4] == ready[-1]
    assert (PROJECT / "tests/smoke/ready.py").exists()
    assert server["livenessProbe"]["httpGet"]["path"] == "/"
    assert server["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_released_commit_has_what_the_manifests_run(manifests: Objects) -> None:
    """Its image is older than the manifests: hack/up rolls both out together."""
    revision = container(manifests)["image"].split(":")[1].split("@")[0]

    def show(path: str) -> str:
        command = ["git", "-C", str(PROJECT), "show", f"{revision}:{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    has_it = ["git", "-C", str(PROJECT), "cat-file", "-e", f"{revision}^{{commit}}"]
    if subprocess.run(has_it, capture_output=True, check=False).returncode:
        pytest.skip("this clone has no history")
    assert show("tests/smoke/ready.py")
    server = container(manifests)
    gate = show("tests/smoke/__main__.py")
    assert [option for option in server["startupProbe"]["exec"]["command"] if option.startswith("--")] == ["--proof"]
    assert '"--proof"' in gate
    names = [variable["name"] for variable in server["env"]]
    assert [name for name in names if name not in gate + show("tests/smoke/gate.py")] == []


def test_a_rollout_loses_nothing(manifests: Objects) -> None:
    spec = predictor(manifests)
    assert spec["deploymentStrategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["minReplicas"] == 2
    assert spec["maxReplicas"] == 10
    pause = container(manifests)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["terminationGracePeriodSeconds"] > pause + Limits().longest_end_seconds


def test_what_a_server_may_take_fits_the_pods_memory(manifests: Objects) -> None:
    idle = 620 * 2**20  # measured, with the largest build of torch
    batch = 64 * 2**20
    limits = Limits()
    memory = container(manifests)["resources"]["limits"]["memory"]
    assert memory.endswith("Mi")
    most = idle + batch + limits.max_held_bytes + limits.max_decode_bytes
    assert most < 0.85 * int(memory.removesuffix("Mi")) * 2**20


def test_pods_are_locked_in(manifests: Objects) -> None:
    spec, server = predictor(manifests), container(manifests)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert server["securityContext"]["readOnlyRootFilesystem"] is True
    assert server["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert set(server["resources"]) == {"requests", "limits"}


def test_policies_select_the_pods_that_kserve_makes(manifests: Objects) -> None:
    label = {"app": "isvc.catdog-predictor"}
    assert find(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == label
    assert find(manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == label
    assert predictor(manifests)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == label


def test_a_sync_takes_up_newer_commits(argocd: Objects) -> None:
    policy = find(argocd, "Application")["spec"]["syncPolicy"]
    assert policy["automated"] == {"enabled": True, "prune": True, "selfHeal": True}
    assert policy["retry"]["refresh"] is True
    assert not [key for key in find(argocd, "Application")["spec"] if key == "ignoreDifferences"]


def test_the_steward_is_whole(argocd: Objects) -> None:
    """The ConfigMap generator lists its files one by one; what is forgotten there is missing in the pod."""
    (config,) = [o for o in argocd if o["kind"] == "ConfigMap" and o["metadata"]["name"].startswith("catdog-steward")]
    assert config["data"] == {file.name: file.read_text() for file in (PROJECT / "argocd/steward").glob("*.py")}
    pod = find(argocd, "Deployment", "catdog-steward")["spec"]["template"]["spec"]
    (volume,), (steward,) = pod["volumes"], pod["containers"]
    assert volume["configMap"]["name"] == config["metadata"]["name"]
    # so that its modules have the same names as in this repository
    (mount,) = steward["volumeMounts"]
    assert mount["mountPath"] == f"{steward['workingDir']}/argocd/steward"
    assert steward["command"][-2:] == ["-m", "argocd.steward"]
