"""The image has of model/ only the contract, and neither torchvision nor mlflow; the smoke test does without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

LIST_IMPORTS = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
print(*sys.modules)
"""


def imports_of(root: Path, names: list[str]) -> set[str]:
    """What a fresh Python process has imported after these modules of the contract."""
    modules = [f"model.contract.{name}" for name in names]
    command = [sys.executable, "-c", LIST_IMPORTS, *modules]
    return set(subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split())


def test_only_reading_a_model_imports_torch(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    names = [path.stem for path in (root / "model" / "contract").glob("[!_]*.py")]
    everything = imports_of(root, names)
    assert "torch" in everything
    assert not everything & {"torchvision", "mlflow"}
    assert "torch" not in imports_of(root, [name for name in names if name != "exported"])


def test_the_contract_needs_nothing_else_of_model(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    ours = {module for module in imports_of(root, ["exported", "preprocess"]) if module.split(".")[0] == "model"}
    assert {module for module in ours if not module.startswith("model.contract")} == {"model"}
