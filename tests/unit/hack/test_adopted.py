"""An adopted copy of the project, with a model of three drawn classes: it trains, serves and passes its tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.delivery.clones import GIT, PROJECT
from tests.unit.hack.clones import adopt, make_upstream

DEMO = "runs/demo/model.pt"
RENDERED = ("tests/manifests/test_render.py", "tests/manifests/test_argocd.py", "tests/manifests/test_schemas.py")


def call(folder: Path, *command: str, **environment: str) -> str:
    """Runs a command of the copy, which must succeed, and gives what it says."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **GIT, "PATH": path, **environment},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def quince(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_upstream(tmp_path_factory.mktemp("adopted"))
    assert adopt(folder)[0] == 0
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    said = call(folder, "hack/demo", "--classes", "3", EPOCHS="3")
    assert "== 7/7 serve and ask" in said
    return folder


def test_the_tests_of_a_server_pass(quince: Path) -> None:
    """Those that an image must pass before it gets its tag."""
    said = call(quince, "pytest", "-q", "-m", "image", "tests/integration", SERVING_TEST_MODEL=str(quince / DEMO))
    assert " passed" in said
    assert "quince" in call(quince, "git", "grep", "-h", "^NAME=", "--", "manifests/settings")


def test_what_is_rendered_passes(quince: Path) -> None:
    assert " passed" in call(quince, "pytest", "-q", *RENDERED)


def test_the_judge_expects_its_classes(quince: Path) -> None:
    (quince / "model.pt").write_bytes((quince / DEMO).read_bytes())
    call(quince, "git", "commit", "-q", "-a", "-m", "Three classes")
    call(quince, "python", "-m", "hack.delivery.expected", "HEAD")
    expected = json.loads((quince / "manifests/base/expected.json").read_text())
    assert len(expected["classes"]) == 3
