"""What breaks by itself: nothing lost, and the cluster finds back to what git says."""

import pytest

from .client import Client
from .commands import CLUSTER, eventually, kubectl, read, run
from .delivery import Delivery
from .images import build_image

PODS = ("-n", "catdog", "get", "pods", "-l", "app=isvc.catdog-predictor")


def ready_pods() -> list[str]:
    lines = kubectl(*PODS, "--no-headers").splitlines()
    return [line.split()[0] for line in lines if " 1/1 " in f" {line} " and "Running" in line]


def is_green() -> bool:
    status = read("application", "catdog", "-n", "argocd")["status"]
    return (status["sync"]["status"], status["health"]["status"]) == ("Synced", "Healthy")


@pytest.mark.ci
def test_pod_killed(client: Client) -> None:
    victim = ready_pods()[0]
    kubectl("-n", "catdog", "delete", "pod", victim, "--wait=false")
    eventually("another pod takes its place", lambda: len(set(ready_pods()) - {victim}) >= 2, 90)


def test_containerd_restarted(client: Client) -> None:
    run("docker", "exec", f"{CLUSTER}-control-plane", "systemctl", "restart", "containerd")
    eventually("the node is ready", lambda: " Ready" in kubectl("get", "nodes", "--no-headers"), 90)
    eventually("two pods are ready", lambda: len(ready_pods()) >= 2, 90)
    eventually("Argo CD says Synced, Healthy", is_green, 90)


def test_argocd_controller_restarted_in_mid_sync(delivery: Delivery, client: Client, released: str) -> None:
    commit = delivery.bump(build_image(released, "another good one"))

    def is_running() -> bool:
        operation = read("application", "catdog", "-n", "argocd")["status"].get("operationState", {})
        return operation.get("phase") == "Running" and operation.get("syncResult", {}).get("revision") == commit

    eventually("the sync runs", is_running, 60)
    kubectl("-n", "argocd", "delete", "pod", "argocd-application-controller-0", "--wait=false")
    assert delivery.verdict(commit, timeout=180).color == "green"
    assert delivery.verdict(delivery.revert()).color == "green"


@pytest.mark.ci
def test_drift_is_undone(client: Client) -> None:
    kubectl(
        "-n", "catdog", "patch", "isvc", "catdog", "--type=merge", "-p", '{"spec": {"predictor": {"minReplicas": 1}}}'
    )
    kubectl("-n", "catdog", "delete", "poddisruptionbudget", "catdog")
    isvc = ("inferenceservice", "catdog", "-n", "catdog")
    eventually("minReplicas is back", lambda: read(*isvc)["spec"]["predictor"]["minReplicas"] == 2, 90)
    eventually("the budget is back", lambda: read("poddisruptionbudget", "catdog", "-n", "catdog"), 90)
    eventually("Argo CD says Synced, Healthy", is_green, 90)


def test_scales_out_under_load_and_back(client: Client, released: str) -> None:
    load = Client("load", released, threads=12, pause=0.0)
    try:
        eventually("more than two pods", lambda: len(ready_pods()) > 2, 240)
        load.assert_nothing_lost()
    finally:
        load.stop()
    eventually("two pods again", lambda: len(kubectl(*PODS, "--no-headers").splitlines()) == 2, 400)
