"""Which model files are loaded, and which are refused."""

import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from prometheus_client import CollectorRegistry

from model.contract.errors import Mistake
from model.contract.exported import load_exported
from predictor.engine.admission import Admission
from predictor.engine.engine import Engine, load_engine
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.telemetry.metrics import Metrics
from tests.unit.predictor.model_files import Even, described, golden, write_model

if TYPE_CHECKING:
    from predictor.kserve_model import PhotoModel


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
    [
        7,
        [],
        {},
        described(golden=[]),
        described(golden=[{}]),
        described(golden=[golden(0.2, 0.3, 0.5)]),
        described(golden=[golden(0.5, 0.5) | {"tolerance": {}}]),
        described(golden={"0": 1}),
        described(size="large"),
        described(size=0),
        described(classes=["cat"]),
        described(classes=["cat", "cat"]),
        {"format": 1, "size": 32, "golden": [golden(0.5, 0.5)]},
        {"format": 1, "size": 32, "golden": [golden(0.5, 0.5)], "classes": {"cat": 0, "dog": 1}},
    ],
)
def test_metadata_of_another_kind(tmp_path: Path, metadata: object) -> None:
    with pytest.raises(Mistake, match="is not a model"):
        load_exported(write_model(tmp_path / "model.pt", metadata))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"size": 32, "golden": [{"seed": 1, "probabilities": [0.5, 0.5]}]}, "is of an earlier format, which has no"),
        (described(format=2), "is of another format than 1, which this commit reads"),
    ],
)
def test_other_formats(tmp_path: Path, metadata: object, words: str) -> None:
    with pytest.raises(Mistake, match=words):
        load_exported(write_model(tmp_path / "model.pt", metadata))


@pytest.mark.parametrize(("expected", "is_loaded"), [([0.5, 0.5], True), ([0.505, 0.495], True), ([0.4, 0.6], False)])
def test_golden_answers_decide(tmp_path: Path, expected: list[float], is_loaded: bool) -> None:
    path = write_model(tmp_path / "model.pt", described(golden=[golden(*expected)]))
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    if is_loaded:
        engine = load_engine(path, Limits(), metrics, threads=1, max_batch=2)
        assert model_of(engine).is_ready
        load_seconds = registry.get_sample_value("predictor_model_load_seconds")
        assert load_seconds
        assert load_seconds > 0
    else:
        with pytest.raises(
            Mistake, match=r"answer to golden photo 1 \(PNG\) is wrong: cat 0.5000, exported as 0.4000: not"
        ):
            load_engine(path, Limits(), metrics, threads=1, max_batch=2)
        assert registry.get_sample_value("predictor_model_load_seconds") == 0


def model_of(engine: Engine) -> "PhotoModel":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own
        from predictor.kserve_model import PhotoModel
    limits = Limits()
    return PhotoModel(Identity("catdog", "0123abc", "456def"), limits, Admission(limits, engine.waiting), engine)


def test_draining_model_is_not_ready(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.pt", described())
    model = model_of(load_engine(path, Limits(), Metrics(CollectorRegistry()), threads=1, max_batch=2))
    model.is_draining = True
    assert not model.is_ready
    assert model.ready  # the SDK still passes requests on to it


def test_a_network_with_other_outputs_than_classes(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.pt", described(classes=["cat", "dog", "owl"]))
    with pytest.raises(Mistake, match="the model has 2 outputs for 3 classes: not served"):
        load_engine(path, Limits(), Metrics(CollectorRegistry()), threads=1, max_batch=2)


def test_a_thousand_classes(tmp_path: Path) -> None:
    classes = [f"class {number}" for number in range(1000)]
    path = write_model(tmp_path / "model.pt", described(classes=classes), Even(1000))
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    engine = load_engine(path, Limits(), metrics, threads=1, max_batch=2)
    assert model_of(engine).get_output_types()[1]["shape"] == [-1, 1000]
    metrics.observe_model(Identity("catdog", "0123abc", "456def"), engine.classes)
    assert registry.get_sample_value("predictor_predictions_total", {"label": "class 999", "client": "traffic"}) == 0
