"""The PostSync smoke test: the service as a client sees it, and every pod by itself."""

import signal
from pathlib import Path
from typing import NamedTuple

from .checks import compare_versions, quick, require_success, run_checks
from .client import Client, Failed, Unreachable
from .cluster import Cluster, Pod, when_available
from .expected import Expected, compare_claim, read_expected
from .image_reference import ImageReference
from .rollout import names_on_nodes, wait_change, wait_gone, wait_rollout

CHECK_SECONDS = 120  # for all checks together: a server may send its answer byte by byte
NODE_LOST_SECONDS = 50  # Kubernetes calls a node lost that is silent for so long
LEAVING_SECONDS = 40  # a pod that is deleted has 35, and nodes learn a little later that it is behind no service
ROUNDS = 12  # enough to meet a wrong pod among ten three times out of four, and every pod is asked by itself too
POD_PORT = 8080
QUEUE_METRIC = "catdog_queue_depth"
SERVICE = "service"  # in the rows


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
        rows = check_rollout(client, expected, image, cluster, pod_port)
    except (Failed, OutOfTime) as failure:
        rows.append(Row("rollout", "ready", False, str(failure)))
    print_table(rows)
    wrong = [f"{row.target}: {row.check}: {row.seen}" for row in rows if not row.holds]
    if wrong:
        print(f"\nRED: {len(wrong)} of {len(rows)} checks failed for {image.revision}. First: {wrong[0]}")
        return 1
    pods = {row.target for row in rows} - {SERVICE}
    print(f"\nGREEN: all {len(rows)} checks hold for {image.revision}, on the service and on {len(pods)} pods.")
    return 0


def check_rollout(
    client: Client, expected: Expected, image: ImageReference, cluster: Cluster, pod_port: int
) -> list[Row]:
    """Waits for the pods of the commit and checks them, again where others disturbed: lost nodes, pods of before.

    Raises:
        Failed: the pods are not ready, have other classes than the commit claims, or do not answer at all.
        OutOfTime: the checks take longer than CHECK_SECONDS.
    """
    while True:
        pods = wait_rollout(cluster, image)
        compare_claim(expected.classes, when_available(cluster.expected_classes))
        leaving = when_available(cluster.leaving_pods)
        try:
            rows = check_all(client, pods, expected, cluster, pod_port)
        except Unreachable as silence:
            print(f"a node may be lost: {silence}", flush=True)
            if not wait_change(cluster, pods, NODE_LOST_SECONDS):
                raise
            continue
        if not leaving or {row.target for row in rows if not row.holds} != {SERVICE}:
            return rows
        # a node that has much to do hears late that they are behind the service no more
        print(f"the service is asked again when these pods are gone: {', '.join(sorted(leaving))}", flush=True)
        wait_gone(cluster, leaving, LEAVING_SECONDS)


def check_all(client: Client, pods: list[Pod], expected: Expected, cluster: Cluster, pod_port: int) -> list[Row]:
    """Checks the service and each pod.

    Raises:
        Unreachable: one of them does not answer at all.
        OutOfTime: it takes longer than CHECK_SECONDS.
    """
    limit_time(CHECK_SECONDS)
    try:
        rows = check_service(client, expected)
        for pod in pods:
            rows += check_pod(Client(f"http://{pod.address}:{pod_port}"), pod.name, expected, cluster)
        return rows
    finally:
        signal.alarm(0)


class OutOfTime(Exception):
    """The checks take too long; not a Failed, after which the next check would run."""


def limit_time(seconds: int) -> None:
    """From now on there are so many seconds: then OutOfTime is raised, wherever the program is."""

    def stop(*_: object) -> None:
        raise OutOfTime(f"the checks were not done after {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


def check_service(client: Client, expected: Expected) -> list[Row]:
    """Runs all checks once, then sends many requests, none of which may reach another revision."""
    rows = check_in_traffic(SERVICE, client, expected)
    try:
        for _ in range(ROUNDS):
            headers = require_success(client.predict(expected.goldens[0].photo)).headers
            compare_versions(headers.get("x-catdog-revision"), headers.get("x-catdog-model-version"), expected)
    except Unreachable:
        raise
    except Failed as failure:
        return [*rows, Row(SERVICE, "one revision", False, str(failure))]
    return [*rows, Row(SERVICE, "one revision", True, f"{ROUNDS} of {ROUNDS} answers from {expected.revision[:12]}")]


def check_pod(client: Client, name: str, expected: Expected, cluster: Cluster) -> list[Row]:
    """Runs all checks on one pod; a pod that the autoscaler or a lost node took meanwhile is not a failure."""
    rows = check_in_traffic(name, client, expected)
    if all(row.holds for row in rows) or name in names_on_nodes(cluster):
        return rows
    return [Row(name, "health", True, "gone during the test")]


def check_in_traffic(name: str, client: Client, expected: Expected) -> list[Row]:
    """Runs all checks. A server is not slow while requests of others wait: the gate judged it before it had traffic."""
    rows = []
    for check, seen, failure in run_checks(client, expected):
        is_busy = failure is not None and check == quick.__name__ and waiting_requests(client) > 0
        rows.append(Row(name, check, failure is None or is_busy, f"{seen}; others wait too" if is_busy else seen))
    return rows


def waiting_requests(client: Client) -> float:
    """How many requests wait for a thread of the server, as its metrics say; 0 if they do not."""
    try:
        lines = client.send("GET", "/metrics").body.decode(errors="replace").splitlines()
    except Failed:
        return 0
    return sum(float(line.split(" ")[1]) for line in lines if line.startswith(f"{QUEUE_METRIC} "))


def print_table(rows: list[Row]) -> None:
    """Prints the rows in columns, for people."""
    target_width, check_width = max(len(row.target) for row in rows), max(len(row.check) for row in rows)
    for row in rows:
        result = "ok  " if row.holds else "FAIL"
        print(f"{row.target:<{target_width}}  {row.check:<{check_width}}  {result}  {row.seen}")
