"""What the model file says of itself, as metrics."""

from pathlib import Path

import pytest
from prometheus_client.registry import CollectorRegistry

from model.contract.metadata import read_extras, read_metadata
from model.evaluate.answers import Answers
from predictor.identity import Identity
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.reference import read_reference
from tests.unit.predictor.model_files import described, write_model

MODEL = Path(__file__).parents[4] / "model.pt"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_of_the_released_model(registry: CollectorRegistry) -> None:
    metadata, value = read_metadata(MODEL), registry.get_sample_value
    registry.register(read_reference(MODEL, "456def"))
    (answers,) = read_extras(MODEL, [metadata["test"]["answers"]])
    confidences = Answers.from_bytes(answers).probabilities[:, 0]
    photos = metadata["test"]["photos"]
    for label, count in metadata["histograms"]["labels"].items():
        assert value("predictor_reference_predictions", {"label": label}) == count
    for edge in metadata["histograms"]["confidence_edges"][1:]:
        expected = (confidences <= edge).sum()
        assert value("predictor_reference_confidence_bucket", {"le": repr(edge)}) == expected
    assert value("predictor_reference_confidence_bucket", {"le": "+Inf"}) == photos
    assert value("predictor_reference_confidence_count") == photos
    assert value("predictor_reference_confidence_sum") == pytest.approx(confidences.sum(), rel=1e-5)
    assert value("predictor_claimed_accuracy") == metadata["metrics"]["accuracy"]
    assert value("predictor_unsure_share_claimed") == pytest.approx(1 - metadata["unsure"]["answered"])
    labels = {
        "network": metadata["network"]["name"],
        "parameters": str(metadata["network"]["parameters"]),
        "size": str(metadata["size"]),
        "classes": "2",
        "data": metadata["data"][:12],
        "model_version": "456def",
    }
    assert value("predictor_model_info", labels) == 1


def test_the_buckets_are_those_of_the_live_confidences(registry: CollectorRegistry) -> None:
    registry.register(read_reference(MODEL, "456def"))
    Metrics(registry).observe_model(Identity("catdog", "0123abc", "456def"), ("cat", "dog"))
    samples = [sample for family in registry.collect() for sample in family.samples]
    live, reference = (
        {sample.labels["le"] for sample in samples if sample.name == f"predictor_{name}_confidence_bucket"}
        for name in ("prediction", "reference")
    )
    assert live == reference
    assert "0.999" in live


def test_a_file_that_says_little(tmp_path: Path, registry: CollectorRegistry) -> None:
    registry.register(read_reference(write_model(tmp_path / "model.pt", described()), "456def"))
    assert {sample.name for family in registry.collect() for sample in family.samples} == {"predictor_model_info"}
    labels = {"network": "", "parameters": "", "size": "32", "classes": "2", "data": "", "model_version": "456def"}
    assert registry.get_sample_value("predictor_model_info", labels) == 1


def test_a_sum_of_some_answers_is_none(tmp_path: Path, registry: CollectorRegistry) -> None:
    histograms = {"labels": {"cat": 2, "dog": 1}, "confidence_edges": [0.0, 0.5, 1.0], "confidence": [1, 2]}
    path = write_model(tmp_path / "model.pt", described(histograms=histograms, metrics={}))
    registry.register(read_reference(path, "456def"))
    value = registry.get_sample_value
    assert [value("predictor_reference_confidence_bucket", {"le": le}) for le in ("0.5", "1.0", "+Inf")] == [1, 3, 3]
    assert value("predictor_reference_confidence_sum") is None
