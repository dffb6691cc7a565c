"""What the commands ask the cluster, by kubectl."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from argocd.steward.application import proof_operation
from hack.delivery.command import Settings, need
from hack.delivery.environments import Environment
from model.settings import NAME

NOT_PROVEN = (("Proven", "False"), ("Proven", "Unknown"))  # a condition, and what it says


class Cluster:
    """One environment, in the cluster of one kubectl context."""

    def __init__(self, context: str, environment: Environment):
        self.context = context
        self.environment = environment

    @classmethod
    def find(cls, settings: Settings, environment: Environment) -> "Cluster | None":
        """The cluster that an environment runs in; None where it cannot be reached."""
        context = settings.context_of(environment.name)
        return None if context == "none" else cls(context, environment)

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
        text = self.kubectl("-n", "argocd", "get", "application", self.environment.application, "-o", "json")
        application: dict[str, Any] = json.loads(text or "{}")
        return application

    def read_rollout_problems(self) -> list[str]:
        """What the steward says of pods that do not get ready, and of what is not proven."""
        text = self.kubectl("-n", self.environment.namespace, "get", "inferenceservice", NAME, "-o", "json")
        conditions = json.loads(text or "{}").get("status", {}).get("conditions", [])
        told = [c for c in conditions if c["type"] == "RolloutFailed" or (c["type"], c["status"]) in NOT_PROVEN]
        return [f"{c['reason']}: {c['message']}" for c in told]

    def start_sync(self, application: Mapping[str, Any]) -> None:
        """Has Argo CD sync the newest commit once more: it tries none a second time by itself."""
        change = json.dumps({"operation": proof_operation(application, "hack/release")})
        self.kubectl("-n", "argocd", "patch", "application", self.environment.application, "--type=merge", "-p", change)

    def refresh_application(self) -> None:
        """Makes Argo CD compare with git at once."""
        change = "argocd.argoproj.io/refresh=normal"
        self.kubectl("-n", "argocd", "annotate", "application", self.environment.application, change, "--overwrite")

    def read_smoke_log(self) -> list[str]:
        """The last lines of the smoke test."""
        job = f"job/{self.environment.smoke_job}"
        return self.kubectl("-n", self.environment.namespace, "logs", job, "--tail=40").splitlines()
