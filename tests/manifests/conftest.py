"""What kustomize makes of the YAML."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]


def render(folder: str) -> list[dict[str, Any]]:
    """The objects of a kustomization."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    if not shutil.which(command[0]):
        pytest.skip("neither kustomize nor kubectl is installed")
    done = subprocess.run([*command, str(PROJECT / folder)], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="session")
def manifests() -> list[dict[str, Any]]:
    return render("manifests")


@pytest.fixture(scope="session")
def argocd() -> list[dict[str, Any]]:
    return render("argocd")


def find(objects: list[dict[str, Any]], kind: str, name: str = "catdog") -> dict[str, Any]:
    """The one object of this kind and name."""
    (found,) = [o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name]
    copy: dict[str, Any] = json.loads(json.dumps(found))
    return copy
