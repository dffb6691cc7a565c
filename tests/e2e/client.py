"""A client inside the cluster that asks all the while (asker.py), as a pod."""

import json
from pathlib import Path
from typing import Any

from .commands import eventually, kubectl

NAMESPACE = "catdog-e2e"


def manifest(name: str, tag: str, threads: int, pause: float) -> dict[str, Any]:
    """The pod. It runs in the good image, which has all that it needs and is on the node."""
    container = {
        "name": "asker",
        "image": f"ghcr.io/catdog-team/catdog:{tag}",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-u", "-c", (Path(__file__).parent / "asker.py").read_text(), str(threads), str(pause)],
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, "restartPolicy": "Never"},
    }


class Client:
    """Counts requests until it is stopped."""

    def __init__(self, name: str, tag: str, threads: int = 4, pause: float = 0.4):
        self.name = name
        kubectl("create", "namespace", NAMESPACE, check=False)
        self.stop()
        kubectl("apply", "-f", "-", input=json.dumps(manifest(name, tag, threads, pause)))
        eventually(f"{name} gets answers", lambda: self.counters().get("asked", 0) > threads, 60)

    def counters(self) -> dict[str, Any]:
        """The newest ones."""
        lines = kubectl("-n", NAMESPACE, "logs", self.name, "--tail=1").splitlines()
        return json.loads(lines[-1]) if lines else {}

    def revisions(self) -> set[str]:
        """Every revision that ever answered."""
        return {name.removeprefix("revision ") for name in self.counters() if name.startswith("revision ")}

    def assert_nothing_lost(self) -> None:
        """The promise."""
        counters = self.counters()
        lost = counters.get("lost", 0)
        print(f"asked = {counters['asked']}, lost = {lost}")
        assert not lost, f"{lost} of {counters['asked']} requests were lost: {counters['losses']}"

    def stop(self) -> None:
        """Takes the pod away."""
        kubectl("-n", NAMESPACE, "delete", "pod", self.name, "--ignore-not-found", "--wait")
