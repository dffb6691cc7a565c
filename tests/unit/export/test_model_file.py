"""The file to serve gives the network's answers, and its metadata is complete."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model.contract.errors import Mistake
from model.contract.exported import ExportedModel, check_golden, load_exported
from model.contract.golden import golden_image, golden_png
from model.contract.metadata import Golden, model_version
from model.contract.preprocess import preprocess
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


def test_golden_answers_hold_for_pictures_sent_as_files(exported: Path) -> None:
    model = load_exported(exported)
    for golden in model.metadata["golden"]:
        pixels = preprocess(golden_png(golden["seed"], SIZE), SIZE)
        assert np.array_equal(pixels, golden_image(golden["seed"], SIZE))
        assert model.predict(pixels[None])[0] == pytest.approx(golden["probabilities"], abs=1e-4)


def test_a_wrong_golden_answer_is_noticed(exported: Path) -> None:
    model = load_exported(exported)
    check_golden(model)
    first = model.metadata["golden"][0]
    swapped: Golden = {"seed": first["seed"], "probabilities": first["probabilities"][::-1]}
    with pytest.raises(Mistake):
        check_golden(ExportedModel(model.script, model.metadata | {"golden": [swapped]}))


def test_the_version_is_the_hash_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert model_version(tmp_path / "file") == "ba7816bf8f01"  # FIPS 180-2, appendix B.1


def test_a_missing_evaluation_leaves_no_file(trained: Path, prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"run python -m model\.evaluate first"):
        export(trained / "best.pt", tmp_path / "none.json", prepared, tmp_path / "catdog.pt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"words", b"PK\3\4" + bytes(200)])
def test_files_that_are_not_exported_models(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catdog.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "catdog.pt")


def test_torchscript_of_somebody_else(tmp_path: Path) -> None:
    frozen = freeze(build("compact").eval(), 1.0, 32)
    with pytest.warns((FutureWarning, DeprecationWarning), match="torch"):
        torch.jit.save(frozen, str(tmp_path / "other.pt"))
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "other.pt")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no model file"):
        load_exported(tmp_path / "none.pt")
