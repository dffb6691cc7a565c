"""Nothing that matters gets lost between the files and the cluster."""

import re
from typing import Any

from predictor.limits import Limits

from .conftest import PROJECT, find

Objects = list[dict[str, Any]]


def predictor(manifests: Objects) -> dict[str, Any]:
    spec: dict[str, Any] = find(manifests, "InferenceService")["spec"]["predictor"]
    return spec


def container(manifests: Objects) -> dict[str, Any]:
    """The server's: KServe makes the Service and defaults of the first container."""
    first: dict[str, Any] = predictor(manifests)["containers"][0]
    return first


def test_args_and_probes_survive(manifests: Objects) -> None:
    server = container(manifests)
    assert server["name"] == "kserve-container"
    assert re.fullmatch(r"ghcr\.io/catdog-team/catdog:[0-9a-f]{40}(@sha256:[0-9a-f]{64})?", server["image"])
    assert server["args"][:3] == ["python", "-m", "predictor"]
    assert "--model_path=/app/model.pt" in server["args"]
    for name in ("startupProbe", "readinessProbe"):
        assert server[name]["httpGet"] == {"path": "/v1/models/catdog", "port": 8080, "scheme": "HTTP"}
    assert server["livenessProbe"]["httpGet"]["path"] == "/"
    assert server["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_a_rollout_loses_nothing(manifests: Objects) -> None:
    spec = predictor(manifests)
    assert spec["deploymentStrategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["minReplicas"] == 2
    assert spec["maxReplicas"] == 10
    pauses = {each["lifecycle"]["preStop"]["sleep"]["seconds"] for each in spec["containers"]}
    (pause,) = pauses  # a pod without its judge is not ready
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
    spec = predictor(manifests)
    job = find(manifests, "Job", "catdog-smoke")["spec"]["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    for pod in (spec, job):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in pod["containers"]:
            assert each["securityContext"]["allowPrivilegeEscalation"] is False
            assert each["securityContext"]["readOnlyRootFilesystem"] is True
            assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert all(set(each["resources"][kind]) == {"cpu", "memory"} for kind in ("requests", "limits"))


def test_policies_select_the_pods_that_kserve_makes(manifests: Objects) -> None:
    label = {"app": "isvc.catdog-predictor"}
    assert find(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == label
    assert find(manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == label
    assert predictor(manifests)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == label


def test_pods_of_a_lost_node_start_elsewhere_in_time(manifests: Objects) -> None:
    """README says 150 s: Kubernetes notices within 60 s, and then waits as long as a pod tolerates it."""
    tolerated = {each["key"]: each["tolerationSeconds"] for each in predictor(manifests)["tolerations"]}
    assert tolerated == {"node.kubernetes.io/unreachable": 60, "node.kubernetes.io/not-ready": 60}
    assert {each["effect"] for each in predictor(manifests)["tolerations"]} == {"NoExecute"}


def test_a_sync_takes_up_newer_commits(argocd: Objects) -> None:
    policy = find(argocd, "Application")["spec"]["syncPolicy"]
    assert policy["automated"] == {"enabled": True, "prune": True, "selfHeal": True}
    assert policy["retry"] == {"limit": 0}  # what failed by its commit is red at once
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
