"""A pod in the cluster that sends predictions to the service while a test runs (load_client_pod.py)."""

import json
from pathlib import Path
from typing import Any

from model.settings import IMAGE, NAME, NAMESPACE

from .commands import FIRST_NODE, eventually, kubectl

CLIENTS = "e2e-client"  # their namespace
PROGRAM = Path(__file__).parent / "load_client_pod.py"


def manifest(name: str, tag: str, *arguments: float) -> dict[str, Any]:
    """The pod. It runs in the good image, which has all that it needs, and on the node that no test takes away."""
    container = {
        "name": "load-client",
        "image": f"{IMAGE}:{tag}",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-u", "-c", PROGRAM.read_text(), NAME, NAMESPACE, *map(str, arguments)],
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": CLIENTS},
        "spec": {
            "containers": [container],
            "nodeSelector": {"kubernetes.io/hostname": FIRST_NODE},
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": "Never",
        },
    }


def print_what_happened() -> None:
    """The newest events of the cluster, and what stood behind the service: why requests found nobody there."""
    print(kubectl("get", "events", "-A", "--sort-by=.metadata.creationTimestamp")[-12_000:])
    print(kubectl("-n", NAMESPACE, "get", "endpointslices,pods", "-o", "wide"))
    print(kubectl("describe", "nodes")[:6_000])


class LoadClient:
    """Counts requests and losses until it is stopped; `pause` is the seconds between two requests of a thread.

    `reconnects` is how often a connection is tried again that is not there within a second.
    """

    def __init__(self, name: str, tag: str, threads: int = 4, pause: float = 0.4, reconnects: int = 0):
        self.name = name
        self.excused = 0
        kubectl("create", "namespace", CLIENTS, check=False)
        self.stop()
        kubectl("apply", "-f", "-", input=json.dumps(manifest(name, tag, threads, pause, reconnects)))
        eventually(f"{name} gets answers", lambda: self.counters().get("sent", 0) > threads, 60)

    def counters(self) -> dict[str, Any]:
        """The newest ones; {} before the first, or while the node's container runtime starts again."""
        lines = kubectl("-n", CLIENTS, "logs", self.name, "--tail=1").splitlines()
        counters: dict[str, Any] = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
        return counters

    def revisions(self) -> set[str]:
        """Every revision that has answered since the start."""
        return {name.removeprefix("revision ") for name in self.counters() if name.startswith("revision ")}

    def excuse_losses(self, why: str) -> int:
        """What was lost so far does not count. Returns how many requests that were since the last time."""
        counters = self.counters()
        lost = int(counters.get("lost", 0)) - self.excused
        self.excused += lost
        print(f"excused = {lost}: {why}: {counters['losses']}")
        return lost

    def assert_nothing_lost(self) -> None:
        """Every request was answered with 200, but for those that are excused."""
        counters = eventually("the client's counters", self.counters, 60)
        lost = counters.get("lost", 0) - self.excused
        print(f"sent = {counters['sent']}, lost = {lost}")
        if lost:
            self.excused += lost  # the next test tells of its own alone
            print_what_happened()
        assert not lost, f"{lost} of {counters['sent']} requests were lost: {counters['losses']}"

    def stop(self) -> None:
        """Deletes the pod."""
        kubectl("-n", CLIENTS, "delete", "pod", self.name, "--ignore-not-found", "--wait")
