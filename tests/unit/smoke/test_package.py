"""The judge runs anywhere: no package, and nothing else of this repository."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.unit.smoke.conftest import PROJECT

SMOKE = PROJECT / "tests/smoke"
MODULES = sorted(path.name for path in SMOKE.glob("*.py"))


def imports(path: Path) -> set[str]:
    """What a module imports; a dot for its own package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add("." if node.level == 1 else (node.module or "..").partition(".")[0])
    return found


def test_only_the_standard_library_and_its_own_modules() -> None:
    assert MODULES
    for name in MODULES:
        assert imports(SMOKE / name) <= {".", *sys.stdlib_module_names}, name


def test_the_whole_package_is_brought_to_the_cluster() -> None:
    """Under a name that changes with it."""
    kustomization = yaml.safe_load((SMOKE / "kustomization.yaml").read_text())
    (judge,) = kustomization["configMapGenerator"]
    assert judge == {"name": "$(NAME)-judge", "files": MODULES}
    assert "generatorOptions" not in kustomization
    assert {path.name for path in SMOKE.iterdir() if path.is_dir()} <= {"__pycache__"}


def test_it_runs_by_itself(tmp_path: Path) -> None:
    """As it is mounted: not as a module of tests, and without site packages."""
    (tmp_path / "smoke").mkdir()
    for name in MODULES:
        shutil.copy(SMOKE / name, tmp_path / "smoke")
    command = [sys.executable, "-S", "-B", "-m", "smoke", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.returncode == 0, done.stderr
    assert "may this pod get traffic?" in done.stdout
    names = [name.removesuffix(".py") for name in MODULES if name != "__main__.py"]
    program = "import " + ", ".join(f"smoke.{name}" for name in names)
    assert subprocess.run([sys.executable, "-S", "-B", "-c", program], cwd=tmp_path, env={}).returncode == 0
