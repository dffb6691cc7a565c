"""The image has of model/ only the contract, without torchvision and mlflow; only what reads a model needs torch."""

import subprocess
import sys

import pytest

LIST_IMPORTS = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(f"model.contract.{module}")
    print(*sys.modules)
"""


def test_what_the_contract_imports(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.rootpath / "model" / "contract"
    others = {path.stem for path in folder.glob("[!_]*.py")} - {"exported"}
    command = [sys.executable, "-c", LIST_IMPORTS, *others, "exported"]
    listed = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=True).stdout
    *_, without_exported, everything = (set(line.split()) for line in listed.splitlines())
    assert "torch" not in without_exported
    assert "torch" in everything  # the check above would notice
    assert not everything & {"torchvision", "mlflow"}
    ours = {module for module in everything if module.split(".")[0] == "model"}
    assert {module for module in ours if not module.startswith("model.contract")} == {"model"}
