"""The PostSync smoke test: the service as a client sees it, every pod by itself, and whether they last."""

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from .bake import Bake
from .checks import CHECK_SECONDS, GATE_CHECKS, POD_CHECKS, compare_versions, quick, require_success, run_checks
from .client import Client, Failed, OutOfTime, Unreachable
from .cluster import Cluster, Pod, when_available
from .expected import compare_claims, read_claims, read_expected
from .image_reference import ImageReference
from .plan import Plan
from .readings import has_much_to_do
from .rollout import NODE_LOST_SECONDS, names_on_nodes, wait_change, wait_gone, wait_rollout
from .subject import POD_PORT, SERVICE, Subject
from .table import NOT_MEASURED, Row, print_table

LEAVING_SECONDS = 40  # a pod that is deleted has 35, and nodes learn a little later that it is behind no service
ROUNDS = 12  # enough to meet a wrong pod among ten three times out of four, and every pod is asked by itself too
TERMINATION_LOG = Path("/dev/termination-log")  # Kubernetes copies it into the pod's status; the steward reads it


def prove_service(
    client: Client,
    folder: Path,
    image: ImageReference,
    cluster: Cluster,
    plan: Plan,
    pod_port: int = POD_PORT,
    termination_log: Path = TERMINATION_LOG,
) -> int:
    """Checks everything behind the service, watches it for a while, and prints a table.

    Args:
        client: of the service.
        folder: with expected.json and claims.json.
        image: the one that the commit claims.
        cluster: where the pods are looked up.
        plan: how it is watched.
        pod_port: where each pod's server listens.
        termination_log: gets what a photo costs, if the file exists and all is well.

    Returns:
        0 if every pod is what the commit claims, works, and lasts; else 1.
    """
    rows: list[Row] = []
    try:
        expected = read_expected(folder, image.revision)
        rows.append(Row("git", "claims", True, compare_claims(expected, read_claims(folder))))
        subject = Subject(client, cluster, image, expected, pod_port)
        rows += check_rollout(subject)
    except Failed as failure:
        rows.append(Row("rollout" if rows else "git", "ready" if rows else "claims", False, str(failure)))
    print_table(rows)
    if not all(row.holds for row in rows):
        return print_verdict(rows, image.revision)
    print(f"\nThe bake: it is watched for {plan.seconds:g} s more whether that lasts.", flush=True)
    bake = Bake(subject, plan)
    baked = bake.run()
    print_table(baked)
    if (status := print_verdict([*rows, *baked], image.revision)) == 0 and bake.costs.milliseconds is not None:
        write_cost(bake.costs.milliseconds, termination_log)
    return status


def print_verdict(rows: list[Row], revision: str) -> int:
    """Prints the last line, GREEN or RED and why; returns the exit status."""
    if wrong := [row for row in rows if not row.holds]:
        print(f"\nRED: {len(wrong)} of {len(rows)} checks failed for {revision}. First: {wrong[0]}", flush=True)
        return 1
    pods = {row.target for row in rows if row.check == GATE_CHECKS[0].__name__} - {SERVICE}
    print(f"\nGREEN: all {len(rows)} checks hold for {revision}, on the service and on {len(pods)} pods.", flush=True)
    return 0


def write_cost(milliseconds: float, termination_log: Path) -> None:
    """Says what a photo costs: the steward keeps it, for the next version to be compared with."""
    line = f"cost: {milliseconds:.3f} ms"
    print(line, flush=True)
    if termination_log.exists():
        with contextlib.suppress(OSError):
            termination_log.write_text(f"{line}\n")


def check_rollout(subject: Subject) -> list[Row]:
    """Waits for the pods of the commit and checks them, again where others disturbed: lost nodes, pods of before.

    Raises:
        Failed: the pods are not ready, do not answer at all, or take longer than CHECK_SECONDS.
    """
    while True:
        pods = wait_rollout(subject.cluster, subject.image)
        leaving = when_available(subject.cluster.read_pods).leaving
        try:
            rows = check_service(subject)
            for pod in pods:
                rows += check_pod(subject, pod)
        except Unreachable as silence:
            print(f"a node may be lost: {silence}", flush=True)
            if not wait_change(subject.cluster, pods, NODE_LOST_SECONDS):
                raise
            continue
        if not leaving or {row.target for row in rows if not row.holds} != {SERVICE}:
            return rows
        # a node that has much to do hears late that they are behind the service no more
        print(f"the service is asked again when these pods are gone: {', '.join(sorted(leaving))}", flush=True)
        wait_gone(subject.cluster, leaving, LEAVING_SECONDS)


def check_service(subject: Subject) -> list[Row]:
    """Runs the checks once, then sends many requests, none of which may reach another revision.

    Raises:
        Unreachable: it does not answer at all.
        Failed: it takes longer than CHECK_SECONDS.
    """
    expected, client = subject.expected, in_time(subject.service)
    try:
        rows = [Row(SERVICE, check, failure is None, seen) for check, seen, failure in run_checks(client, expected)]
        try:
            for _ in range(ROUNDS):
                headers = require_success(client.predict(expected.goldens[0].photo)).headers
                compare_versions(headers.get("x-model-revision"), headers.get("x-model-version"), expected)
        except Unreachable:
            raise
        except Failed as failure:
            return [*rows, Row(SERVICE, "one revision", False, str(failure))]
    except OutOfTime:
        raise out_of_time(SERVICE) from None
    seen = f"{ROUNDS} of {ROUNDS} answers from {expected.revision[:12]}"
    return [*rows, Row(SERVICE, "one revision", True, seen)]


def check_pod(subject: Subject, pod: Pod) -> list[Row]:
    """Runs all checks on one pod; a pod that the autoscaler or a lost node took meanwhile is not a failure.

    A server is not slow while it works on requests of others: its processor time is compared in the bake.

    Raises:
        Unreachable: it does not answer at all.
        Failed: it takes longer than CHECK_SECONDS.
    """
    client, rows = in_time(subject.client(pod)), []
    try:
        for check, seen, failure in run_checks(client, subject.expected, POD_CHECKS):
            is_busy = failure is not None and check == quick.__name__ and has_much_to_do(client)
            seen = f"{NOT_MEASURED}: {seen}, and others wait too" if is_busy else seen
            rows.append(Row(pod.name, check, failure is None or is_busy, seen))
    except OutOfTime:
        raise out_of_time(pod.name) from None
    if all(row.holds for row in rows) or pod.name in names_on_nodes(subject.cluster):
        return rows
    return [Row(pod.name, "health", True, "gone during the test")]


def in_time(client: Client) -> Client:
    """The client, for CHECK_SECONDS from now on."""
    return replace(client, until=time.monotonic() + CHECK_SECONDS)


def out_of_time(name: str) -> Failed:
    """What to raise where the checks of one server took too long."""
    return Failed(f"{name}: the checks were not done after {CHECK_SECONDS} s")
