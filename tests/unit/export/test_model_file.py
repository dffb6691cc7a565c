"""The file to serve gives the network's answers, and its metadata is complete."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model.compare.files import read_measured
from model.contract.errors import Mistake
from model.contract.exported import load_exported
from model.contract.metadata import read_extras
from model.evaluate.figures import read_evaluation
from model.export.frozen import freeze, parity
from model.export.model_file import export, is_exported
from model.prepare.splits import read_manifest
from model.train.checkpoint import load_network
from model.train.network import build
from tests.unit.conftest import PREPARE, TRAIN, Command
from tests.unit.predictor.model_files import write_model

SIZE = PREPARE.size
MEASURED = (
    '{"checkpoint": "", "classes": ["cat"], "data": "", "size": 48, "temperature": 1, "validation": {},'
    ' "test": {"accuracy": 1, "loss": 0}}'
)


def noise(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("count", [1, 7, 32])
def test_the_file_answers_as_the_network_does(exported: Path, trained: Path, evaluated: Path, count: int) -> None:
    temperature = json.loads((evaluated / "metrics.json").read_text())["temperature"]
    network = load_network(trained / "best.pt")
    with torch.no_grad():
        expected = torch.softmax(network(noise(count).float()) / temperature, 1)
        answer = load_exported(exported).script(noise(count))
    assert answer.dtype == torch.float32
    assert answer.shape == (count, 2)
    assert torch.allclose(answer.sum(1), torch.ones(count), atol=1e-5)
    assert (answer - expected).abs().max() <= 1e-4


@pytest.mark.parametrize("network", ["mobilenet_v3_small", "resnet18"])
def test_networks_of_torchvision_can_be_exported(network: str) -> None:
    torch.manual_seed(1)
    built = build(network, 3).eval()
    frozen = freeze(built, 1.0, 64)
    assert parity(built, 1.0, frozen, 64) <= 1e-4


def test_metadata_is_complete(exported: Path, evaluated: Path, prepared: Path) -> None:
    metadata = load_exported(exported).metadata
    assert metadata["classes"] == ["cat", "dog"]
    assert metadata["size"] == SIZE
    assert metadata["metrics"] == json.loads((evaluated / "metrics.json").read_text())["test"]
    assert metadata["data"] == json.loads((prepared / "summary.json").read_text())["data"]
    assert metadata["network"] == {"name": "compact", "parameters": 677_890}
    assert metadata["training"]["learning_rate"] == TRAIN.learning_rate
    assert metadata["training"]["photos"].keys() == {"train", "validation", "test"}
    assert metadata["told_apart"] == 1
    assert metadata["notes"] == []
    rows = read_manifest(prepared, "test")
    assert metadata["test"]["photos"] == len(rows) == sum(metadata["histograms"]["confidence"])
    hashes = sorted(row["sha256"] for row in rows)
    assert metadata["test"]["sha256"] == hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    assert sum(metadata["histograms"]["labels"].values()) == len(rows)


def test_answers_are_those_of_the_report(exported: Path, evaluated: Path) -> None:
    model = read_measured(exported)
    with (evaluated / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    right = sorted(float(row[row["actual"]]) for row in rows)
    assert sorted(model.answers.right.tolist()) == pytest.approx(right, abs=1e-6)


def test_the_same_inputs_give_the_same_extra_files(
    exported: Path, trained: Path, evaluated: Path, prepared: Path, tmp_path: Path
) -> None:
    export(trained / "best.pt", evaluated / "metrics.json", prepared, tmp_path / "model.pt")
    names = ["metadata.json", "answers.npz", *(golden["file"] for golden in load_exported(exported).metadata["golden"])]
    assert read_extras(tmp_path / "model.pt", names) == read_extras(exported, names)


def test_an_evaluation_of_other_classes(trained: Path, evaluated: Path, prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "prepared")
    summary = tmp_path / "prepared" / "summary.json"
    summary.write_text(summary.read_text().replace('"dog"', '"owl"'))
    with pytest.raises(Mistake, match="are of different classes: train again"):
        export(trained / "best.pt", evaluated / "metrics.json", tmp_path / "prepared", tmp_path / "model.pt")


def test_a_file_of_an_earlier_format_is_replaced(tmp_path: Path) -> None:
    earlier = {"size": 32, "golden": [{"seed": 1, "probabilities": [0.5, 0.5]}]}
    assert is_exported(write_model(tmp_path / "earlier.pt", earlier))
    (tmp_path / "text.pt").write_text("text")
    assert not is_exported(tmp_path / "text.pt")


@pytest.mark.parametrize(
    ("name", "other", "sentence"),
    [
        ("checkpoint", "0" * 64, "is of another training than .*: run python -m model.evaluate again"),
        ("classes", ["dog", "cat"], "was measured on other photos than the prepared ones: run python -m"),
        ("data", "others", "was measured on other photos than the prepared ones: run python -m"),
        ("checkpoint", None, "does not say what it measured, an earlier version wrote it: run python -m"),
    ],
)
def test_an_evaluation_of_another_training(
    trained: Path, evaluated: Path, prepared: Path, tmp_path: Path, name: str, other: object, sentence: str
) -> None:
    shutil.copytree(evaluated, tmp_path / "evaluation")
    file = tmp_path / "evaluation" / "metrics.json"
    figures = json.loads(file.read_text()) | {name: other}
    file.write_text(json.dumps({key: value for key, value in figures.items() if value is not None}))
    with pytest.raises(Mistake, match=sentence):
        export(trained / "best.pt", file, prepared, tmp_path / "model.pt")
    assert not (tmp_path / "model.pt").exists()


def test_golden_photos_that_show_little_are_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    trained: Path, evaluated: Path, prepared: Path,
) -> None:  # fmt: skip
    arguments = ("export", trained / "best.pt", evaluated / "metrics.json", prepared, tmp_path / "model.pt")
    monkeypatch.setattr("model.export.model_file.share_told_apart", lambda _: 0.04)
    assert command(*arguments) == ""
    assert "the golden photos would show only 4% of all exchanges of two classes" in capsys.readouterr().out


def test_a_full_disk_is_one_sentence(
    tmp_path: Path, pytestconfig: pytest.Config, trained: Path, evaluated: Path, prepared: Path
) -> None:
    """Also where torch writes: files larger than a limit are not to be had, as on a full disk."""
    command = 'ulimit -f 100; exec "$@"'
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # it writes
    done = subprocess.run(
        ["bash", "-c", command, "", sys.executable, "-m", "model.export", trained / "best.pt",
         evaluated / "metrics.json", prepared, tmp_path / "model.pt"],
        cwd=pytestconfig.rootpath, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "error: an output cannot be read or written: File too large\n")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_evaluation_leaves_no_file(trained: Path, prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"run python -m model\.evaluate first"):
        export(trained / "best.pt", tmp_path / "none.json", prepared, tmp_path / "model.pt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words",
        "\x80",
        "[]",
        "{}",
        '{"size": 48}',
        MEASURED.replace("48", "-1"),
        MEASURED.replace("loss", "lost"),
        MEASURED.replace('["cat"]', '"cat"'),
    ],
)
def test_another_file_is_not_the_evaluation(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(text.encode("latin-1"))
    for path in (tmp_path / "mine.json", tmp_path):
        with pytest.raises(Mistake, match=r"is not metrics\.json of python -m model.evaluate"):
            read_evaluation(path)
