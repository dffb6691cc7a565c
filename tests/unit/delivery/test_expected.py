"""manifests/base/expected.json: written from the model file in git, whatever lies in the working copy."""

import base64
import json
import subprocess
import sys

import pytest

from hack.delivery.command import CommandError
from hack.delivery.expected import EXPECTED, expected_text, main
from hack.delivery.git import WorkingCopy
from model.contract.metadata import model_version, read_extras, read_metadata
from tests.smoke.expected import read_expected
from tests.unit.delivery.clones import PROJECT, Clone
from tests.unit.delivery.models import MODEL


@pytest.fixture
def clone(clones: list[Clone], monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.setenv("SERVING_REPO", str(clones[0].folder))
    return clones[0]


def test_it_says_what_the_model_file_says(clone: Clone) -> None:
    (clone.folder / "model.pt").write_bytes(MODEL.read_bytes())
    clone.git("commit", "-q", "-m", "The model of the project", "model.pt")
    (clone.folder / "model.pt").write_text("not committed")
    written = json.loads(expected_text(WorkingCopy(clone.folder), "HEAD"))
    metadata = read_metadata(MODEL)
    assert list(written) == ["model_version", "classes", "accuracy", "test_photos", "golden"]
    assert written["model_version"] == model_version(MODEL)
    assert (written["accuracy"], written["test_photos"]) == (
        metadata["metrics"]["accuracy"], metadata["test"]["photos"],
    )  # fmt: skip
    photos = read_extras(MODEL, [golden["file"] for golden in metadata["golden"]])
    assert [base64.b64decode(golden["photo"]) for golden in written["golden"]] == photos
    assert written["golden"][0]["probabilities"] == metadata["golden"][0]["probabilities"]
    assert written["golden"][0]["tolerance"].keys() == {"probability", "factor"}


def test_the_judge_can_read_it(clone: Clone) -> None:
    expected = read_expected(clone.folder / "manifests/base", "1" * 40)
    assert (expected.accuracy, expected.test_photos, len(expected.goldens)) == (1.0, 100, 2)


def test_what_the_project_has_is_what_the_command_writes() -> None:
    text = (PROJECT / EXPECTED).read_text()
    assert text.endswith("}\n")
    assert read_expected(PROJECT / "manifests/base", "1" * 40).accuracy


def test_the_command_writes_it_once(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "says that already" in capsys.readouterr().err
    older = clone.git("rev-parse", "HEAD")
    clone.commit_model(wrong=4)
    assert main([]) == 0
    assert f"{EXPECTED} is written" in capsys.readouterr().err
    assert json.loads((clone.folder / EXPECTED).read_text())["accuracy"] == 0.96
    assert main([older]) == 0
    assert clone.git("status", "--porcelain") == ""


def test_a_model_without_figures_claims_none(clone: Clone) -> None:
    """The judge refuses it, and says why."""
    clone.commit_model(metrics={}, test={})
    written = json.loads(expected_text(WorkingCopy(clone.folder), "HEAD"))
    assert (written["accuracy"], written["test_photos"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [("1\n", "model.pt of HEAD is not a model that model.export wrote"), ("", "HEAD has no model.pt")],
)
def test_no_model(clone: Clone, text: str, words: str) -> None:
    if text:
        clone.commit("model.pt", text, "No model")
    else:
        clone.git("rm", "-q", "model.pt")
        clone.git("commit", "-q", "-m", "No model")
    with pytest.raises(CommandError, match=words):
        main([])


def test_it_needs_no_package(clone: Clone) -> None:
    command = [sys.executable, "-S", "-m", "hack.delivery.expected"]
    done = subprocess.run(command, cwd=PROJECT, env=clone.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "says that already" in done.stderr) == (0, True)
