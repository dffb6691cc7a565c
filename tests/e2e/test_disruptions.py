"""What breaks by itself: nothing is lost, and the cluster returns to what git says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from model.settings import IMAGE, NAME, NAMESPACE

from .commands import FIRST_NODE, PODS, eventually, kubectl, read, read_state, ready_pods, run
from .delivery import Delivery
from .images import build_image
from .load_client import CLIENTS, LoadClient

SPIN = "for thread in 1 2 3 4 5 6; do (while :; do :; done) & done; wait"


def is_healthy() -> bool:
    state = read_state()
    return (state.sync_status, state.health) == ("Synced", "Healthy")


def delete_pod(victim: str) -> None:
    """Returns when its end is over, and another one is ready."""
    kubectl("-n", NAMESPACE, "delete", "pod", victim, "--wait", "--timeout=60s")
    eventually("another pod takes its place", lambda: len(set(ready_pods()) - {victim}) >= 2, 90)


@contextmanager
def busy_node(tag: str) -> Iterator[None]:
    """A pod that has asked for a little processor time takes all that nobody else has asked for."""
    container = {
        "name": "busy",
        "image": f"{IMAGE}:{tag}",
        "command": ["sh", "-c", SPIN],
        "resources": {"requests": {"cpu": "100m", "memory": "16Mi"}},
    }
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "busy", "namespace": CLIENTS},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, "restartPolicy": "Never"},
    }
    kubectl("apply", "-f", "-", input=json.dumps(pod))
    try:
        kubectl("-n", CLIENTS, "wait", "pod", "busy", "--for=condition=Ready", "--timeout=60s")
        yield
    finally:
        kubectl("-n", CLIENTS, "delete", "pod", "busy", "--wait")


@pytest.mark.ci
def test_pod_killed(client: LoadClient) -> None:
    delete_pod(ready_pods()[0])


@pytest.mark.ci
def test_pods_killed_on_a_busy_node(client: LoadClient, released: str) -> None:
    """kube-proxy must hear of it in time, whatever else runs: hack/up-platform asks for processor time for it."""
    load = LoadClient("load", released, threads=8, pause=0.1)
    try:
        with busy_node(released):
            for victim in ready_pods():
                delete_pod(victim)
        load.assert_nothing_lost()
    finally:
        load.stop()


def test_containerd_restarted(client: LoadClient) -> None:
    run("docker", "exec", FIRST_NODE, "systemctl", "restart", "containerd")
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
