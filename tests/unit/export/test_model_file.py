"""The file to serve gives the network's answers, and its metadata is complete."""

import json
from pathlib import Path

import pytest
import torch

from model.contract.errors import Mistake
from model.contract.exported import load_exported
from model.export.evaluation import read_evaluation
from model.export.frozen import freeze, parity
from model.export.model_file import export
from model.train.checkpoint import load_network
from model.train.network import build
from tests.unit.conftest import PREPARE

SIZE = PREPARE.size


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
    built = build(network).eval()
    frozen = freeze(built, 1.0, 64)
    assert parity(built, 1.0, frozen, 64) <= 1e-4


def test_metadata_is_complete(exported: Path, evaluated: Path, prepared: Path) -> None:
    metadata = load_exported(exported).metadata
    assert metadata["classes"] == ["cat", "dog"]
    assert metadata["size"] == SIZE
    assert metadata["metrics"] == json.loads((evaluated / "metrics.json").read_text())["test"]
    assert metadata["data"] == json.loads((prepared / "summary.json").read_text())["data"]
    assert metadata["revision"]
    assert len(metadata["golden"]) >= 4


def test_a_missing_evaluation_leaves_no_file(trained: Path, prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"run python -m model\.evaluate first"):
        export(trained / "best.pt", tmp_path / "none.json", prepared, tmp_path / "catdog.pt")
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
        '{"size": -1, "temperature": 1, "test": {"accuracy": 1, "loss": 0}}',
    ],
)
def test_another_file_is_not_the_evaluation(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Mistake, match=r"is not metrics\.json of python -m model.evaluate"):
        read_evaluation(tmp_path / "mine.json")
