"""What kustomize makes of the YAML, with settings that the tests know."""

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.settings import FILE

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ("manifests", "argocd", "tests/smoke")
SETTINGS = """
NAME=catdog
NAMESPACE=catdog
ENVIRONMENT=production
RELEASE_TO=production
APPLICATION=catdog
IMAGE=ghcr.io/catdog-team/catdog
REPO_URL=https://github.com/catdog-team/catdog.git
REPO_PAGE=https://github.com/catdog-team/catdog
BROWSE_URL=https://github.com/catdog-team/catdog/blob/main
PROMETHEUS_RELEASE=kube-prometheus-stack
ALERTS_TO=on-call@example.com
ALERTS_FROM=alerts@example.com
ALERTS_SERVER=smtp.example.com:587
GRAFANA_URL=https://grafana.example.com
"""


@cache
def copy() -> tempfile.TemporaryDirectory[str]:
    """A copy of all that is rendered, with the settings above."""
    folder = tempfile.TemporaryDirectory()
    for part in PARTS:
        shutil.copytree(PROJECT / part, Path(folder.name, part))
    Path(folder.name, FILE).write_text(SETTINGS)
    return folder


def render(folder: str | Path) -> list[dict[str, Any]]:
    """The objects of a kustomization: of the copy, or of any other project by its absolute path."""
    return list(yaml.safe_load_all(kustomize(Path(copy().name, folder))))


def render_part(folder: str) -> list[dict[str, Any]]:
    """The objects of a kustomization that takes its settings from the one above it."""
    above = Path(copy().name, "above", folder)
    above.mkdir(parents=True, exist_ok=True)
    resources = [os.path.relpath(Path(copy().name, each), above) for each in ("manifests/settings", folder)]
    (above / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources}))
    return render(above)


def with_components(folder: str, *components: str) -> str:
    """What kustomize makes of a kustomization of the copy and of some of manifests/components, as YAML."""
    above = Path(copy().name, "with", folder, *components)
    above.mkdir(parents=True, exist_ok=True)
    parts = {"resources": [folder], "components": [f"manifests/components/{name}" for name in components]}
    paths = {kind: [os.path.relpath(Path(copy().name, path), above) for path in each] for kind, each in parts.items()}
    (above / "kustomization.yaml").write_text(yaml.safe_dump(paths))
    return kustomize(above)


def kustomize(folder: Path) -> str:
    """What kustomize makes of a folder, as YAML."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    if not shutil.which(command[0]):
        pytest.skip("neither kustomize nor kubectl is installed")
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="session")
def manifests() -> list[dict[str, Any]]:
    return render("manifests/production")


@pytest.fixture(scope="session")
def argocd() -> list[dict[str, Any]]:
    return render("argocd")


def find(objects: list[dict[str, Any]], kind: str, name: str = "catdog") -> dict[str, Any]:
    """The one object of this kind and name."""
    (found,) = [o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name]
    copy: dict[str, Any] = json.loads(json.dumps(found))
    return copy
