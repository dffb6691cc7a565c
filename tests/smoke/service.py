"""The PostSync smoke test: the service as a client sees it, and every pod by itself."""

import signal
import time
from pathlib import Path
from typing import NamedTuple

from .checks import CHECKS, compare_versions, require_success, run_checks
from .client import Client, Failed
from .cluster import Cluster, Pod, Unavailable
from .expected import Expected, compare_claim, read_expected
from .image_reference import ImageReference

READY_SECONDS = 45.0  # for pods that are on a node; argocd/steward/time_limits.py has the figure and its reason
CHECK_SECONDS = 120  # for all checks together: a server may send its answer byte by byte
ROUNDS = 12  # enough to meet a wrong pod among ten three times out of four, and every pod is asked by itself too
POD_PORT = 8080


class Row(NamedTuple):
    """A line of the table: who was asked, what was checked, whether it holds, what was seen."""

    target: str
    check: str
    holds: bool
    seen: str


def prove_service(
    client: Client, model: Path, image: ImageReference, cluster: Cluster, pod_port: int = POD_PORT
) -> int:
    """Checks everything behind the service, and prints a table.

    Args:
        client: of the service.
        model: the exported file that is in the image.
        image: the one that the commit claims.
        cluster: where the pods are looked up.
        pod_port: where each pod's server listens.

    Returns:
        0 if every pod is what the commit claims, and works; else 1.
    """
    rows: list[Row] = []
    try:
        expected = read_expected(model, image)
        pods = wait_rollout(cluster, image)
        compare_claim(expected.classes, claimed_classes(cluster))
        limit_time(CHECK_SECONDS)
        rows += check_service(client, expected)
        for pod in pods:
            rows += check_pod(Client(f"http://{pod.address}:{pod_port}"), pod.name, expected, cluster)
    except (Failed, OutOfTime) as failure:
        rows.append(Row("rollout", "ready", False, str(failure)))
    finally:
        signal.alarm(0)
    print_table(rows)
    wrong = [f"{row.target}: {row.check}: {row.seen}" for row in rows if not row.holds]
    if wrong:
        print(f"\nRED: {len(wrong)} of {len(rows)} checks failed for {image.revision}. First: {wrong[0]}")
        return 1
    print(f"\nGREEN: all {len(rows)} checks hold for {image.revision}, on the service and on {len(pods)} pods.")
    return 0


class OutOfTime(Exception):
    """The checks take too long; not a Failed, after which the next check would run."""


def limit_time(seconds: int) -> None:
    """From now on there are so many seconds: then OutOfTime is raised, wherever the program is."""

    def stop(*_: object) -> None:
        raise OutOfTime(f"the checks were not done after {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


def wait_rollout(cluster: Cluster, image: ImageReference, seconds: float = READY_SECONDS) -> list[Pod]:
    """Returns the pods when all that are on a node are ready and of this image, and as many as there must be.

    Argo CD may start this test while old pods serve. While the API server gives no answer, or the only trouble is
    that the nodes have no room, the commit is not to blame: that time does not count.

    Raises:
        Failed: they were not after `seconds`, and why.
    """
    left, last = seconds, time.monotonic()
    while True:
        counts = True
        try:
            listed, minimum = cluster.list_pods(), cluster.min_replicas()
            pods = [pod for pod in listed if pod.has_node]
            wrong = [pod for pod in pods if not pod.ready or pod.image != str(image)]
            if not wrong and len(pods) >= minimum:
                return pods
            counts = bool(wrong) or len(listed) < minimum
            reason = ", ".join(f"{pod.name} ({pod.image.rpartition('/')[2][:20]}) {pod.state}" for pod in wrong)
            reason = reason or f"{len(pods)} of {minimum} pods are on a node"
        except Unavailable as unavailable:
            counts, reason = False, str(unavailable)
        now = time.monotonic()
        left, last = left - (now - last if counts else 0), now
        if left < 0:
            raise Failed(f"after {seconds:.0f} s not every pod is ready and of this commit: {reason}")
        if not counts:
            print(f"waiting: {reason}", flush=True)
        time.sleep(0.5)


def check_service(client: Client, expected: Expected) -> list[Row]:
    """Runs all checks once, then sends many requests, none of which may reach another revision."""
    rows = [Row("service", name, failure is None, seen) for name, seen, failure in run_checks(client, expected)]
    try:
        for _ in range(ROUNDS):
            headers = require_success(client.predict(expected.goldens[0].photo)).headers
            compare_versions(headers.get("x-catdog-revision"), headers.get("x-catdog-model-version"), expected)
    except Failed as failure:
        return [*rows, Row("service", "one revision", False, str(failure))]
    return [*rows, Row("service", "one revision", True, f"{ROUNDS} of {ROUNDS} answers from {expected.revision[:12]}")]


def check_pod(client: Client, name: str, expected: Expected, cluster: Cluster) -> list[Row]:
    """Runs all checks on one pod; a pod that the autoscaler removed meanwhile is not a failure."""
    rows = [Row(name, check, failure is None, seen) for check, seen, failure in run_checks(client, expected)]
    if all(row.holds for row in rows) or name in {pod.name for pod in list_pods(cluster)}:
        return rows
    return [Row(name, CHECKS[0].__name__, True, "gone during the test")]


def claimed_classes(cluster: Cluster) -> str | None:
    """The classes that the commit claims, as soon as the API server tells."""
    while True:
        try:
            return cluster.expected_classes()
        except Unavailable:
            time.sleep(0.5)


def list_pods(cluster: Cluster) -> list[Pod]:
    """Its pods, as soon as the API server tells."""
    while True:
        try:
            return cluster.list_pods()
        except Unavailable:
            time.sleep(0.5)


def print_table(rows: list[Row]) -> None:
    """Prints the rows in columns, for people."""
    target_width, check_width = max(len(row.target) for row in rows), max(len(row.check) for row in rows)
    for row in rows:
        result = "ok  " if row.holds else "FAIL"
        print(f"{row.target:<{target_width}}  {row.check:<{check_width}}  {result}  {row.seen}")
