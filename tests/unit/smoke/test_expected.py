"""What the smoke test reads from the model file, without torch."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.smoke.client import Failed
from tests.smoke.expected import Expected, compare_classes, read_claim, read_expected
from tests.unit.predictor.model_files import described, golden
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
    assert expected.classes == ("cat", "dog")
    assert len(expected.goldens) >= 8
    for item in expected.goldens:
        assert item.photo.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))
        assert sum(item.probabilities) == pytest.approx(1, abs=1e-3)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"catdog\.pt"):
        read_expected(tmp_path / "catdog.pt", IMAGE)


def test_a_file_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "catdog.pt").write_bytes(MODEL.read_bytes()[:1000])
    with pytest.raises(Failed, match=r"catdog\.pt is not a model"):
        read_expected(tmp_path / "catdog.pt", IMAGE)


NO_MODEL = r"model\.pt is not a model that model\.export wrote"


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, NO_MODEL),
        (described(golden=[]), NO_MODEL),
        (described(golden=1), NO_MODEL),
        (described(golden=[golden(0.2, 0.3, 0.5)]), NO_MODEL),
        (described(), NO_MODEL),  # the photo is missing
        ({"size": 32, "golden": [{"seed": 1, "probabilities": [0.5, 0.5]}]}, r"model\.pt is of an earlier format"),
    ],
)
def test_a_file_without_golden_answers(tmp_path: Path, metadata: Any, reason: str) -> None:
    with pytest.raises(Failed, match=reason):
        read_expected(write_model(tmp_path / "model.pt", metadata), IMAGE)


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (None, ""),
        ("", ""),
        ('["cat", "dog"]', ""),
        ('["dog", "cat"]', ""),
        ('["cat"]', "than the commit claims: dog came; a commit that means it says so in CATDOG_EXPECTED_CLASSES in "),
        ('["cat", "dog", "owl"]', "than the commit claims: owl went; a commit that means it"),
        ('["cat", "owl"]', "dog came, owl went; a commit that means it says so in .* manifests/inferenceservice.yaml$"),
        ("cat, dog", "CATDOG_EXPECTED_CLASSES in manifests/inferenceservice.yaml is not a JSON list such as"),
        ('{"cat": 1}', "is not a JSON list"),
        ("[1, 2]", "is not a JSON list"),
    ],
)
def test_classes_that_a_commit_claims(claimed: str | None, reason: str) -> None:
    if not reason:
        assert read_expected(MODEL, IMAGE, claimed).classes == ("cat", "dog")
        return
    with pytest.raises(Failed, match=reason):
        read_expected(MODEL, IMAGE, claimed)


def test_many_classes_make_no_long_sentence() -> None:
    with pytest.raises(Failed, match=r"class 0, class 1, class 2, class 3, class 4 and 995 more came, cat went"):
        compare_classes([f"class {number}" for number in range(1000)], ["cat"])


def test_the_manifest_claims_the_classes_of_the_model(expected: Expected) -> None:
    """As the commit says them to the gate."""
    manifest = yaml.safe_load((PROJECT / "manifests/inferenceservice.yaml").read_text())
    (container,) = manifest["spec"]["predictor"]["containers"]
    (claimed,) = [item["value"] for item in container["env"] if item["name"] == "CATDOG_EXPECTED_CLASSES"]
    assert read_claim(claimed) == list(expected.classes)


def test_it_starts_without_torch() -> None:
    program = f"import importlib, sys\nfor name in {MODULES}: importlib.import_module(f'tests.smoke.{{name}}')\n"
    heavy = "print([name for name in ('torch', 'torchvision', 'mlflow', 'kserve') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program + heavy], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_these_are_all_modules() -> None:
    assert {path.stem for path in (PROJECT / "tests/smoke").glob("*.py")} == {"__init__", *MODULES}
