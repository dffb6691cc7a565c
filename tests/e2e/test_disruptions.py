"""What breaks by itself: nothing is lost, and the cluster returns to what git says."""

import pytest

from model.settings import NAME, NAMESPACE

from .commands import CLUSTER, PODS, eventually, kubectl, read, read_state, ready_pods, run
from .delivery import Delivery
from .images import build_image
from .load_client import LoadClient


def is_healthy() -> bool:
    state = read_state()
    return (state.sync_status, state.health) == ("Synced", "Healthy")


@pytest.mark.ci
def test_pod_killed(client: LoadClient) -> None:
    victim = ready_pods()[0]
    kubectl("-n", NAMESPACE, "delete", "pod", victim, "--wait=false")
    eventually("another pod takes its place", lambda: len(set(ready_pods()) - {victim}) >= 2, 90)


def test_containerd_restarted(client: LoadClient) -> None:
    run("docker", "exec", f"{CLUSTER}-control-plane", "systemctl", "restart", "containerd")
    eventually("the node is ready", lambda: " Ready" in kubectl("get", "nodes", "--no-headers"), 90)
    eventually("two pods are ready", lambda: len(ready_pods()) >= 2, 90)
    eventually("Argo CD says Synced, Healthy", is_healthy, 90)


def test_argocd_controller_restarted_in_mid_sync(delivery: Delivery, client: LoadClient, released: str) -> None:
    commit = delivery.bump(build_image(released, "another good one"))

    def is_running() -> bool:
        state = read_state()
        return (state.phase, state.synced_revision) == ("Running", commit)

    eventually("the sync runs", is_running, 60)
    kubectl("-n", "argocd", "delete", "pod", "argocd-application-controller-0", "--wait=false")
    assert delivery.verdict(commit, timeout=180).color == "green"
    assert delivery.verdict(delivery.revert()).color == "green"


@pytest.mark.ci
def test_drift_is_undone(client: LoadClient) -> None:
    kubectl("-n", NAMESPACE, "patch", "isvc", NAME, "--type=merge", "-p", '{"spec": {"predictor": {"minReplicas": 1}}}')
    kubectl("-n", NAMESPACE, "delete", "poddisruptionbudget", NAME)
    isvc = ("inferenceservice", NAME, "-n", NAMESPACE)
    eventually("minReplicas is back", lambda: read(*isvc)["spec"]["predictor"]["minReplicas"] == 2, 90)
    eventually("the budget is back", lambda: read("poddisruptionbudget", NAME, "-n", NAMESPACE), 90)
    eventually("Argo CD says Synced, Healthy", is_healthy, 90)


def test_scales_out_under_load_and_back(client: LoadClient, released: str) -> None:
    load = LoadClient("load", released, threads=12, pause=0.0)
    try:
        eventually("more than two pods", lambda: len(ready_pods()) > 2, 240)
        load.assert_nothing_lost()
    finally:
        load.stop()
    eventually("two pods again", lambda: len(kubectl(*PODS, "--no-headers").splitlines()) == 2, 400)
