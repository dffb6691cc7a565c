"""Metrics against values that were computed by hand."""

import numpy as np
import pytest

from model.contract.errors import Mistake
from model.evaluate.metrics import (
    calibration_error,
    classification_metrics,
    confused_pairs,
    explain_missing,
)
from model.evaluate.report import classification_table
from model.train.temperature import fit_temperature


def pairs(*cat: float) -> np.ndarray:
    return np.array([[p, 1 - p] for p in cat], dtype=np.float32)


def test_metrics_by_hand() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1])  # 3 of 4 cats and 1 of 2 dogs are right
    metrics = classification_metrics(labels, pairs(0.9, 0.8, 0.7, 0.2, 0.6, 0.1))
    assert metrics["accuracy"] == pytest.approx(4 / 6)
    assert metrics["precision"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics["recall"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics["f1"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    # of the 8 pairs of a cat and a dog, 7 are in the right order: only 0.2 is below 0.6
    assert metrics["roc_auc"] == pytest.approx(7 / 8)
    assert metrics["loss"] == pytest.approx(-np.log([0.9, 0.8, 0.7, 0.2, 0.4, 0.9]).mean(), rel=1e-5)


def test_calibration_error_by_hand() -> None:
    # two answers at 0.9, both right: |2 - 1.8|; two at 0.62, one right: |1 - 1.24|; shared by four answers
    assert calibration_error(np.array([0, 0, 0, 1]), pairs(0.9, 0.9, 0.62, 0.62)) == pytest.approx((0.2 + 0.24) / 4)
    assert calibration_error(np.array([0, 1]), pairs(1.0, 0.0)) == 0
    assert calibration_error(np.array([0, 1]), pairs(0.0, 1.0)) == 1


def test_one_class_has_no_roc_curve() -> None:
    metrics = classification_metrics(np.array([0, 0]), pairs(0.9, 0.8))
    assert "roc_auc" not in metrics
    assert metrics["recall"] == 1
    (note,) = explain_missing(np.array([0, 0]), ("cat", "dog"))
    assert note.endswith("of the only other class, and there is no ROC AUC")


THREE = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.4, 0.5]], np.float32)


def test_three_classes_by_hand() -> None:
    metrics = classification_metrics(np.array([0, 1, 1, 2]), THREE)
    assert metrics["accuracy"] == 3 / 4
    assert metrics["recall"] == pytest.approx((1 + 1 / 2 + 1) / 3)
    # cat: 0.5 is above 0.2 and 0.1, below 0.6; dog: 0.5 above both, 0.3 ties with one and is below the other; owl: all
    assert metrics["roc_auc"] == pytest.approx((2 / 3 + (2 + 0.5) / 4 + 1) / 3)
    assert "top5_accuracy" not in metrics


def test_a_class_without_photos_is_left_out_of_means() -> None:
    metrics = classification_metrics(np.array([0, 1, 1, 1]), THREE)
    assert metrics["recall"] == pytest.approx((1 + 1 / 3) / 2)
    # cat: as above; dog: 0.5 and 0.4 are above 0.3 of the cat, the other 0.3 is the same
    assert metrics["roc_auc"] == pytest.approx((2 / 3 + 2.5 / 3) / 2)
    assert np.isfinite(list(metrics.values())).all()
    assert explain_missing(np.array([0, 1]), ("cat", "dog", "owl")) == [
        "no photos of owl: precision, recall, F1 and ROC AUC are means over the other 2"
    ]
    assert explain_missing(np.array([0, 1]), ("cat", "dog")) == []


def test_top_five() -> None:
    row = np.array([0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])
    assert classification_metrics(np.array([0, 4, 5, 6]), np.stack([row] * 4))["top5_accuracy"] == 0.5


def test_a_thousand_classes() -> None:
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(1000), 300).astype(np.float32)
    labels = random.integers(0, 900, 300)
    metrics = classification_metrics(labels, probabilities)
    assert np.isfinite(list(metrics.values())).all()
    assert metrics["top5_accuracy"] >= metrics["accuracy"]
    assert "and 7" in explain_missing(labels, [f"class {number}" for number in range(1000)])[0]


def test_confused_pairs() -> None:
    labels, predicted = np.array([0, 0, 0, 1, 2, 2]), np.array([1, 1, 0, 1, 0, 2])
    assert confused_pairs(labels, predicted, 3, 5) == [(0, 1, 2), (2, 0, 1)]
    assert confused_pairs(labels, predicted, 3, 1) == [(0, 1, 2)]
    assert confused_pairs(labels, labels, 3, 5) == []


def test_outputs_that_are_not_finite() -> None:
    with pytest.raises(Mistake, match="training diverged"):
        classification_metrics(np.array([0, 1]), pairs(0.9, float("nan")))


def rows_of(table: str) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in (line.split() for line in table.splitlines()) if row}


def test_the_table_has_both_classes() -> None:
    rows = rows_of(classification_table(np.array([0, 1, 1]), np.array([0, 0, 1]), ("cat", "dog")))
    assert rows["cat"] == ["0.5000", "1.0000", "0.6667", "1"]
    assert rows["dog"] == ["1.0000", "0.5000", "0.6667", "2"]


def test_the_table_has_the_means_of_the_metrics_and_no_class_without_photos() -> None:
    labels = np.array([0, 1, 1, 1])
    metrics = classification_metrics(labels, THREE)
    rows = rows_of(classification_table(labels, THREE.argmax(1), ("cat", "dog", "owl")))
    assert {"cat", "dog"} <= rows.keys()
    assert "owl" not in rows
    assert rows["macro"][1:4] == [f"{metrics[name]:.4f}" for name in ("precision", "recall", "f1")]


def test_long_names_do_not_widen_the_table() -> None:
    table = classification_table(np.array([0, 1, 1]), np.array([0, 0, 1]), ("a" * 200, "a" * 199 + "b"))
    assert max(map(len, table.splitlines())) < 80
    assert {"#1", "#2"} <= rows_of(table).keys()


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_temperature_undoes_a_factor(factor: float) -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, (20_000, 2))
    chances = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    labels = (random.random(len(logits)) < chances).astype(np.int64)
    assert fit_temperature((logits * factor).astype(np.float32), labels) == pytest.approx(factor, rel=0.05)
