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
# README, from the loss: until no connection is sent to the lost node, and until as many pods are ready as before
NOTICED_SECONDS = 60
REPLACED_SECONDS = 150
IN_FLIGHT_SECONDS = 15  # what was on its way is answered by then, or the client has given up


def serving_nodes() -> list[str]:
    """One node's name for each pod that the Service sends clients to."""
    slices = read("endpointslices", "-n", NAMESPACE, "-l", f"kubernetes.io/service-name={NAME}-predictor")["items"]
    endpoints = [endpoint for one in slices for endpoint in one["endpoints"] or []]
    return sorted(endpoint["nodeName"] for endpoint in endpoints if endpoint["conditions"]["ready"])


def is_spread() -> bool:
    return set(serving_nodes()) == {FIRST_NODE, WORKER}


def is_elsewhere() -> bool:
    """Whether as many pods as before serve without the worker; busy clients may have made it more."""
    return set(serving_nodes()) == {FIRST_NODE} and len(serving_nodes()) >= 2


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
    eventually("two pods are ready elsewhere", is_elsewhere, 120)


def test_a_rollout_while_a_node_is_cordoned(worker: str, delivery: Delivery, client: LoadClient, released: str) -> None:
    kubectl("cordon", worker)
    commit = delivery.bump(build_image(released, "another good one"))
    assert delivery.verdict(commit).color == "green"
    assert is_elsewhere()
    assert delivery.verdict(delivery.revert()).color == "green"


def test_a_node_is_lost(worker: str, session_client: LoadClient, released: str) -> None:
    """Lost is at most the request that was on its way on each connection, of a client that connects again."""
    load = LoadClient("reconnects", released, threads=THREADS, reconnects=30)
    session_client.assert_nothing_lost()
    try:
        begin = time.monotonic()
        run("docker", "kill", worker)
        time.sleep(IN_FLIGHT_SECONDS)
        assert load.excuse_losses("on their way when the node was lost") <= THREADS
        for what, condition, seconds in (
            ("no client is sent to the lost node", lambda: WORKER not in serving_nodes(), NOTICED_SECONDS),
            ("as many pods are ready as before", is_elsewhere, REPLACED_SECONDS),
        ):
            eventually(what, condition, begin + seconds - time.monotonic())
            print(f"{what}, {time.monotonic() - begin:.0f} s after the loss")
        load.assert_nothing_lost()
    finally:
        load.stop()
        session_client.excuse_losses("it does not connect again")
