"""What the commands ask the cluster, by kubectl."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from argocd.steward.application import proof_operation
from hack.delivery.command import need
from model.settings import NAME, NAMESPACE

NOT_PROVEN = (("Proven", "False"), ("Proven", "Unknown"))  # a condition, and what it says


class Cluster:
    """The cluster of one kubectl context."""

    def __init__(self, context: str):
        self.context = context

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints, or nothing where it fails: whoever waits asks a busy API server again."""
        need("kubectl", "https://kubernetes.io/docs/tasks/tools/")
        command = ["kubectl", "--context", self.context, "--request-timeout=10s", *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return ""

    def read_application(self) -> dict[str, Any]:
        """Argo CD's Application as an object; {} where it cannot be read."""
        text = self.kubectl("-n", "argocd", "get", "application", NAME, "-o", "json")
        application: dict[str, Any] = json.loads(text or "{}")
        return application

    def read_rollout_problems(self) -> list[str]:
        """What the steward says of pods that do not get ready, and of what is not proven."""
        text = self.kubectl("-n", NAMESPACE, "get", "inferenceservice", NAME, "-o", "json")
        conditions = json.loads(text or "{}").get("status", {}).get("conditions", [])
        told = [c for c in conditions if c["type"] == "RolloutFailed" or (c["type"], c["status"]) in NOT_PROVEN]
        return [f"{c['reason']}: {c['message']}" for c in told]

    def start_sync(self, application: Mapping[str, Any]) -> None:
        """Has Argo CD sync the newest commit once more: it tries none a second time by itself."""
        change = json.dumps({"operation": proof_operation(application, "hack/release")})
        self.kubectl("-n", "argocd", "patch", "application", NAME, "--type=merge", "-p", change)

    def refresh_application(self) -> None:
        """Makes Argo CD compare with git at once."""
        self.kubectl(
            "-n", "argocd", "annotate", "application", NAME, "argocd.argoproj.io/refresh=normal", "--overwrite"
        )

    def read_smoke_log(self) -> list[str]:
        """The last lines of the smoke test."""
        return self.kubectl("-n", NAMESPACE, "logs", f"job/{NAME}-smoke", "--tail=40").splitlines()
