"""A second node that is drained, cordoned or lost. Needs a cluster made by: SERVING_WORKERS=1 hack/e2e --fresh."""

import time
from collections.abc import Iterator

import pytest

from model.settings import NAME, NAMESPACE

from .commands import CLUSTER, FIRST_NODE, PODS, eventually, kubectl, read, ready_pods, run
from .delivery import Delivery
from .images import build_image
from .load_client import LoadClient
from .test_disruptions import is_healthy

WORKER = f"{CLUSTER}-worker"
THREADS = 8
NOTICED_SECONDS = 60  # README: from the loss until no connection is sent to the lost node
REPLACED_SECONDS = 150  # README: from the loss until as many pods are ready as before


def serving_nodes() -> list[str]:
    """One node's name for each pod that the Service sends clients to."""
    slices = read("endpointslices", "-n", NAMESPACE, "-l", f"kubernetes.io/service-name={NAME}-predictor")["items"]
    endpoints = [endpoint for one in slices for endpoint in one["endpoints"] or []]
    return sorted(endpoint["nodeName"] for endpoint in endpoints if endpoint["conditions"]["ready"])


def is_spread() -> bool:
    return serving_nodes() == [FIRST_NODE, WORKER]


@pytest.fixture
def worker(released: str) -> Iterator[str]:
    """The second node. In the beginning a pod is ready on each of the two; in the end the node serves again."""
    if WORKER not in run("kind", "get", "nodes", "--name", CLUSTER).stdout.split():
        pytest.skip(f"cluster {CLUSTER} has one node: SERVING_WORKERS=1 hack/e2e --fresh makes it with two")
    eventually("two pods are ready", lambda: len(kubectl(*PODS, "--no-headers").splitlines()) == 2, 120)
    if not is_spread():
        kubectl("-n", NAMESPACE, "delete", "pod", ready_pods()[0], "--wait")
    eventually("a pod is ready on each node", is_spread, 120)
    yield WORKER
    run("docker", "start", WORKER)
    kubectl("uncordon", WORKER)
    eventually("the node is ready", lambda: " Ready " in kubectl("get", "node", WORKER, "--no-headers"), 120)
    eventually("Argo CD says Synced, Healthy", is_healthy, 120)


def test_a_node_is_drained(worker: str, client: LoadClient) -> None:
    kubectl("drain", worker, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s")
    eventually("two pods are ready elsewhere", lambda: serving_nodes() == [FIRST_NODE] * 2, 120)


def test_a_rollout_while_a_node_is_cordoned(worker: str, delivery: Delivery, client: LoadClient, released: str) -> None:
    kubectl("cordon", worker)
    commit = delivery.bump(build_image(released, "another good one"))
    assert delivery.verdict(commit).color == "green"
    assert serving_nodes() == [FIRST_NODE] * 2
    assert delivery.verdict(delivery.revert()).color == "green"


def test_a_node_is_lost(worker: str, session_client: LoadClient, released: str) -> None:
    """Lost is at most the request that was on its way on each connection, of a client that connects again."""
    load = LoadClient("reconnects", released, threads=THREADS, pause=0.1, reconnects=10)
    session_client.assert_nothing_lost()
    try:
        begin = time.monotonic()
        run("docker", "kill", worker)
        eventually("the cluster has noticed", lambda: serving_nodes() == [FIRST_NODE], NOTICED_SECONDS)
        print(f"noticed after {time.monotonic() - begin:.0f} s: {load.counters()}")
        before = load.counters()
        eventually("two pods are ready elsewhere", lambda: serving_nodes() == [FIRST_NODE] * 2, REPLACED_SECONDS)
        print(f"replaced after {time.monotonic() - begin:.0f} s")
        after = load.counters()
        assert after["sent"] - before["sent"] > THREADS
        assert after.get("lost", 0) == before.get("lost", 0), after["losses"]
        assert load.excuse_losses("on their way when the node was lost") <= THREADS
    finally:
        load.stop()
        session_client.excuse_losses("it waits for a connection to the lost node")
