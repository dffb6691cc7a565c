"""Which files are loaded, and which are not."""

import json
import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from prometheus_client import CollectorRegistry

from model.contract.errors import Mistake
from model.contract.exported import load_exported
from predictor.limits import Limits
from predictor.metrics import Metrics


class Even(torch.nn.Module):
    """Cats and dogs are as likely."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.full((pixels.shape[0], 2), 0.5)


def write(path: Path, metadata: object) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Even()), str(path), _extra_files={"metadata.json": json.dumps(metadata)})
    return path


@pytest.mark.parametrize("kind", ["empty", "text", "zip", "state", "no metadata"])
def test_file_of_another_kind(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.pt"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("hello", "world")
    elif kind == "state":
        torch.save({"weight": torch.zeros(3)}, path)
    elif kind == "no metadata":
        torch.jit.save(torch.jit.script(Even()), str(path))
    else:
        path.write_bytes({"empty": b"", "text": b"hello\n"}[kind])
    with pytest.raises(Mistake, match=f"{path} is not a model"):
        load_exported(path)


@pytest.mark.parametrize(
    "metadata",
    [7, [], {}, {"size": 32}, {"size": "large", "golden": [{}]}, {"size": 32, "golden": []}, {"golden": [{}]}],
)
def test_metadata_of_another_kind(tmp_path: Path, metadata: object) -> None:
    with pytest.raises(Mistake, match="is not a model"):
        load_exported(write(tmp_path / "model.pt", metadata))


@pytest.mark.parametrize(("expected", "is_loaded"), [([0.5, 0.5], True), ([0.505, 0.495], True), ([0.4, 0.6], False)])
def test_golden_answers_decide(tmp_path: Path, expected: list[float], is_loaded: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own
        from predictor.model import CatDog
    path = write(tmp_path / "model.pt", {"size": 32, "golden": [{"seed": 1, "probabilities": expected}]})
    registry = CollectorRegistry()
    model = CatDog("catdog", path, Limits(), Metrics(registry), threads=1, max_batch=2)
    assert not model.ready
    if is_loaded:
        assert model.load()
        assert model.ready
        assert registry.get_sample_value("catdog_model_load_seconds") > 0
    else:
        with pytest.raises(Mistake, match=r"golden image 1 is off by 0\.100: not served"):
            model.load()
        assert not model.ready
