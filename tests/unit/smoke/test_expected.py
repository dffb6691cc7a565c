"""What the smoke test reads from the model file, without torch."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from model.contract.golden import golden_png
from tests.smoke.client import Failed
from tests.smoke.expected import Expected, read_expected
from tests.unit.smoke.conftest import IMAGE, MODEL
from tests.unit.smoke.pods import REVISION

PROJECT = MODEL.parent
MODULES = (
    *("__main__", "ask", "checks", "client", "cluster", "expected", "gate", "image_reference", "ready", "rollout"),
    "service",
)


def write_model(path: Path, metadata: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("catdog/extra/metadata.json", json.dumps(metadata))
    return path


def test_the_model_in_git(expected: Expected) -> None:
    assert expected.revision == REVISION
    assert expected.model_version == hashlib.sha256(MODEL.read_bytes()).hexdigest()[:12]
    assert len(expected.goldens) >= 2
    for golden in expected.goldens:
        assert golden.photo.startswith(b"\x89PNG")
        assert golden.probabilities.keys() == {"cat", "dog"}
        assert sum(golden.probabilities.values()) == pytest.approx(1, abs=1e-3)


def test_golden_photos_are_drawn_in_the_size_of_the_model(tmp_path: Path) -> None:
    metadata = {"size": 32, "golden": [{"seed": 7, "probabilities": [0.25, 0.75]}]}
    (golden,) = read_expected(write_model(tmp_path / "model.pt", metadata), IMAGE).goldens
    assert golden.photo == golden_png(7, 32)
    assert golden.probabilities == {"cat": 0.25, "dog": 0.75}


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"catdog\.pt"):
        read_expected(tmp_path / "catdog.pt", IMAGE)


def test_a_file_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "catdog.pt").write_bytes(MODEL.read_bytes()[:1000])
    with pytest.raises(Failed, match=r"catdog\.pt is not a model"):
        read_expected(tmp_path / "catdog.pt", IMAGE)


NO_MODEL = r"model\.pt is not a model that model\.export wrote"
NO_ANSWERS = r"model\.pt holds no golden answers for cat and dog"


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, NO_MODEL),
        ({"golden": [{"seed": 1, "probabilities": [0.5, 0.5]}]}, NO_MODEL),
        ({"size": 32, "golden": 1}, NO_ANSWERS),
        ({"size": 32, "golden": [{"seed": 1, "probabilities": [0.2, 0.3, 0.5]}]}, NO_ANSWERS),
    ],
)
def test_a_file_without_golden_answers(tmp_path: Path, metadata: Any, reason: str) -> None:
    with pytest.raises(Failed, match=reason):
        read_expected(write_model(tmp_path / "model.pt", metadata), IMAGE)


def test_it_starts_without_torch() -> None:
    program = f"import importlib, sys\nfor name in {MODULES}: importlib.import_module(f'tests.smoke.{{name}}')\n"
    heavy = "print([name for name in ('torch', 'torchvision', 'mlflow', 'kserve') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program + heavy], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_these_are_all_modules() -> None:
    assert {path.stem for path in (PROJECT / "tests/smoke").glob("*.py")} == {"__init__", *MODULES}
