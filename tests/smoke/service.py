"""The PostSync smoke test: the service as a client sees it, and every pod by itself."""

import time
from pathlib import Path

from .checks import CHECKS, compare_versions, predicted, run_checks
from .client import Failed, Server
from .cluster import Pod, list_pods, wanted_pods
from .expected import Expected, read_expected

ROLLOUT_SECONDS = 60.0
ROUNDS = 12  # enough that a stray pod among ten is met three times out of four, and every pod is asked by itself too

Row = tuple[str, str, bool, str]


def prove_service(url: str, model: Path, revision: str, namespace: str) -> int:
    """0 if everything behind the service is what the commit claims, and works."""
    rows: list[Row] = []
    try:
        expected = read_expected(model, revision)
        pods = wait_rollout(namespace, revision)
        rows += check_service(Server(url), expected)
        for pod in pods:
            rows += check_pod(pod, expected, namespace)
    except Failed as failure:
        rows.append(("rollout", "ready", False, str(failure)))
    print_table(rows)
    wrong = [f"{target}: {check}: {seen}" for target, check, good, seen in rows if not good]
    if wrong:
        print(f"\nRED: {len(wrong)} of {len(rows)} checks failed for {revision}. First: {wrong[0]}")
        return 1
    print(f"\nGREEN: all {len(rows)} checks hold for {revision}, on the service and on {len(pods)} pods.")
    return 0


def wait_rollout(namespace: str, revision: str) -> list[Pod]:
    """Until every pod is ready and of this commit. Argo CD may start this test while the old pods still serve."""
    deadline = time.monotonic() + ROLLOUT_SECONDS
    while True:
        try:
            pods, wanted = list_pods(namespace), wanted_pods(namespace)
            trouble = ", ".join(f"{p.name} ({p.tag[:12]}) {p.state}" for p in pods if not p.ready or p.tag != revision)
            if not trouble and len(pods) >= wanted:
                return pods
            trouble = trouble or f"{len(pods)} of {wanted} pods"
        except Failed as failure:
            trouble = str(failure)
        if time.monotonic() > deadline:
            raise Failed(f"after {ROLLOUT_SECONDS:.0f} s not every pod is ready and of this commit: {trouble}")
        time.sleep(0.5)


def check_service(server: Server, expected: Expected) -> list[Row]:
    """All checks once, then many requests of which none may reach another revision."""
    rows = [("service", name, failure is None, seen) for name, seen, failure in run_checks(server, expected)]
    try:
        for _ in range(ROUNDS):
            headers = predicted(server.predict(expected.goldens[0].photo)).headers
            compare_versions(headers.get("x-catdog-revision"), headers.get("x-catdog-model-version"), expected)
    except Failed as failure:
        return [*rows, ("service", "one revision", False, str(failure))]
    return [*rows, ("service", "one revision", True, f"{ROUNDS} of {ROUNDS} answers from {expected.revision[:12]}")]


def check_pod(pod: Pod, expected: Expected, namespace: str) -> list[Row]:
    """All checks on one pod; a pod that was scaled in meanwhile is no failure."""
    rows = [
        (pod.name, name, f is None, seen)
        for name, seen, f in run_checks(Server(f"http://{pod.address}:8080"), expected)
    ]
    if all(good for _, _, good, _ in rows) or pod.name in {p.name for p in list_pods(namespace)}:
        return rows
    return [(pod.name, CHECKS[0].__name__, True, "scaled in during the test")]


def print_table(rows: list[Row]) -> None:
    """For people: who was asked, what was checked, whether it holds, what was seen."""
    widths = [max(len(str(row[column])) for row in [("", "", "")] + [r[:2] for r in rows]) for column in (0, 1)]
    for target, check, good, seen in rows:
        print(f"{target:<{widths[0]}}  {check:<{widths[1]}}  {'ok  ' if good else 'FAIL'}  {seen}")
