"""What the model file says about the model, as metrics: live numbers are compared with it, in PromQL."""

import io
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from model.contract.metadata import read_extras, read_metadata


class Reference(Collector):
    """Metrics that never change: the answers to the test photos, and what the model claims of itself.

    Args:
        families: the metrics.
    """

    def __init__(self, families: Iterable[Metric]):
        self._families = [*families]

    def collect(self) -> Iterable[Metric]:
        return self._families


def read_reference(path: Path, model_version: str) -> Reference:
    """Reads a model file; what it does not say has no metric, as in files of before.

    Raises:
        Mistake: it is not a model file.
    """
    metadata = read_metadata(path)
    info = {
        "model_version": model_version,
        "size": str(metadata["size"]),
        "classes": str(len(metadata["classes"])),
        **_network(metadata.get("network", {})),
        "data": metadata.get("data", "")[:12],
    }
    families: list[Metric] = [InfoMetricFamily("predictor_model", "The model file", info)]
    if "histograms" in metadata:
        histograms = metadata["histograms"]
        labels = GaugeMetricFamily(
            "predictor_reference_predictions", "Photos of the test split by predicted label", labels=["label"]
        )
        for label, count in histograms["labels"].items():
            labels.add_metric([label], count)
        families += [labels, _confidence(histograms, confidence_sum(path, metadata))]
    if "accuracy" in metadata.get("metrics", {}):
        accuracy = metadata["metrics"]["accuracy"]
        families.append(GaugeMetricFamily("predictor_claimed_accuracy", "Accuracy on the test split", accuracy))
    if "unsure" in metadata:
        share = 1 - metadata["unsure"]["answered"]
        families.append(GaugeMetricFamily("predictor_unsure_share_claimed", "Unsure share of the test split", share))
    return Reference(families)


def confidence_sum(path: Path, metadata: Mapping[str, Any]) -> float | None:
    """The confidences of all test photos together; None where the file does not have every answer."""
    tested = metadata.get("test", {})
    if "answers" not in tested:
        return None
    (content,) = read_extras(path, [tested["answers"]])
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        confidences = arrays["probabilities"][:, 0]  # of the likeliest class of each photo
    return float(confidences.sum(dtype=np.float64)) if len(confidences) == tested["photos"] else None


def _network(network: Mapping[str, Any]) -> dict[str, str]:
    return {"network": str(network.get("name", "")), "parameters": str(network.get("parameters", ""))}


def _confidence(histograms: Mapping[str, Any], total: float | None) -> Metric:
    """With the buckets of predictor_prediction_confidence; without a sum it has no count, too."""
    edges = [*map(floatToGoString, histograms["confidence_edges"][1:]), "+Inf"]
    counts = [*accumulate(histograms["confidence"])]
    buckets = [*zip(edges, [*counts, counts[-1]], strict=True)]
    return HistogramMetricFamily(
        "predictor_reference_confidence", "Confidences of the test split", buckets=buckets, sum_value=total
    )
