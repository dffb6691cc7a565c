"""Commands of this project and of the cluster, as a person would type them."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argocd.steward.application import ApplicationState
from model.settings import IMAGE, NAME, NAMESPACE
from tests.smoke.image_reference import ImageReference

PROJECT = Path(__file__).resolve().parents[2]
CLUSTER = os.environ.get("SERVING_CLUSTER") or NAME
FIRST_NODE = f"{CLUSTER}-control-plane"
CONTEXT = f"kind-{CLUSTER}"
REGISTRY_CONTAINER = os.environ.get("SERVING_REGISTRY") or f"{NAME}-registry"
PODS = ("-n", NAMESPACE, "get", "pods", "-l", f"app=isvc.{NAME}-predictor")
PORT = os.environ.get("SERVING_REGISTRY_PORT") or 5001
REGISTRY = f"localhost:{PORT}/{ImageReference.parse(f'{IMAGE}:tag').path}"


def run(
    *command: str | Path, check: bool = True, timeout: float = 1800, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs a command; a failure shows what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        text=True,
        timeout=timeout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done


def kubectl(*arguments: str, check: bool = True, **options: Any) -> str:
    """What kubectl prints."""
    return run("kubectl", "--context", CONTEXT, *arguments, check=check, **options).stdout


def read(*arguments: str) -> Any:
    """A Kubernetes object."""
    return json.loads(kubectl("get", *arguments, "-o", "json"))


def read_state() -> ApplicationState:
    """What Argo CD says now."""
    return ApplicationState.read(read("application", NAME, "-n", "argocd"))


def condition(kind: str) -> dict[str, Any]:
    """What the InferenceService's status says of this; {} before anything is said."""
    conditions = read("isvc", NAME, "-n", NAMESPACE).get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == kind), {})


def ready_pods() -> list[str]:
    """The names of the predictor's pods whose server and judge are both ready."""
    lines = kubectl(*PODS, "--no-headers").splitlines()
    return [line.split()[0] for line in lines if " 2/2 " in f" {line} " and "Running" in line]


def eventually(what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Waits until the condition holds, and gives back what it found."""
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            found = condition()
            if found:
                return found
        except AssertionError as error:
            last = str(error)
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds:.0f} s: {what} {last}")
