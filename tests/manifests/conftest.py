"""What kustomize makes of the YAML, and the small programs that stand around it."""

import json
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "argocd/steward"))  # it runs from a ConfigMap, where its modules lie side by side


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.manifests)


def render(folder: str) -> list[dict[str, Any]]:
    """The objects of a kustomization."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    if not shutil.which(command[0]):
        pytest.skip("neither kustomize nor kubectl is installed")
    done = subprocess.run([*command, PROJECT / folder], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="session")
def manifests() -> list[dict[str, Any]]:
    return render("manifests")


@pytest.fixture(scope="session")
def argocd() -> list[dict[str, Any]]:
    return render("argocd")


@pytest.fixture(scope="session")
def verdict() -> ModuleType:
    """hack/verdict, which is a program without a suffix."""
    loader = SourceFileLoader("verdict", str(PROJECT / "hack/verdict"))
    spec = spec_from_loader("verdict", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def find(objects: list[dict[str, Any]], kind: str, name: str = "catdog") -> dict[str, Any]:
    """The one object of this kind and name."""
    (found,) = [o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name]
    return json.loads(json.dumps(found))
