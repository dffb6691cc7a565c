"""The PostSync smoke test: the service as a client sees it, and every pod by itself."""

import time
from pathlib import Path
from typing import NamedTuple

from .checks import CHECKS, compare_versions, require_success, run_checks
from .client import Client, Failed
from .cluster import Cluster, Pod
from .expected import Expected, read_expected

ROLLOUT_SECONDS = 60.0
ROUNDS = 12  # enough to meet a wrong pod among ten three times out of four, and every pod is asked by itself too
POD_PORT = 8080


class Row(NamedTuple):
    """A line of the table: who was asked, what was checked, whether it holds, what was seen."""

    target: str
    check: str
    holds: bool
    seen: str


def prove_service(client: Client, model: Path, revision: str, cluster: Cluster, pod_port: int = POD_PORT) -> int:
    """Checks everything behind the service, and prints a table.

    Args:
        client: of the service.
        model: the exported file that is in the image.
        revision: the one that the commit claims.
        cluster: where the pods are looked up.
        pod_port: where each pod's server listens.

    Returns:
        0 if every pod is what the commit claims, and works; else 1.
    """
    rows: list[Row] = []
    try:
        expected = read_expected(model, revision)
        pods = wait_rollout(cluster, revision)
        rows += check_service(client, expected)
        for pod in pods:
            rows += check_pod(Client(f"http://{pod.address}:{pod_port}"), pod.name, expected, cluster)
    except Failed as failure:
        rows.append(Row("rollout", "ready", False, str(failure)))
    print_table(rows)
    wrong = [f"{row.target}: {row.check}: {row.seen}" for row in rows if not row.holds]
    if wrong:
        print(f"\nRED: {len(wrong)} of {len(rows)} checks failed for {revision}. First: {wrong[0]}")
        return 1
    print(f"\nGREEN: all {len(rows)} checks hold for {revision}, on the service and on {len(pods)} pods.")
    return 0


def wait_rollout(cluster: Cluster, revision: str, seconds: float = ROLLOUT_SECONDS) -> list[Pod]:
    """Returns the pods when all are ready and of this revision: Argo CD may start this test while old pods serve.

    Raises:
        Failed: they were not after `seconds`, and why.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            pods, minimum = cluster.list_pods(), cluster.min_replicas()
            wrong = [pod for pod in pods if not pod.ready or pod.tag != revision]
            if not wrong and len(pods) >= minimum:
                return pods
            reason = ", ".join(f"{pod.name} ({pod.tag[:12]}) {pod.state}" for pod in wrong)
            reason = reason or f"{len(pods)} of {minimum} pods"
        except Failed as failure:
            reason = str(failure)
        if time.monotonic() > deadline:
            raise Failed(f"after {seconds:.0f} s not every pod is ready and of this commit: {reason}")
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
    if all(row.holds for row in rows) or name in {pod.name for pod in cluster.list_pods()}:
        return rows
    return [Row(name, CHECKS[0].__name__, True, "scaled in during the test")]


def print_table(rows: list[Row]) -> None:
    """Prints the rows in columns, for people."""
    target_width, check_width = max(len(row.target) for row in rows), max(len(row.check) for row in rows)
    for row in rows:
        result = "ok  " if row.holds else "FAIL"
        print(f"{row.target:<{target_width}}  {row.check:<{check_width}}  {result}  {row.seen}")
