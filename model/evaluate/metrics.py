"""The metrics of a classifier."""

import numpy as np
from sklearn.metrics import classification_report, precision_recall_fscore_support, roc_auc_score

from model.contract.classes import CLASSES
from model.contract.errors import Mistake


def classification_metrics(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Computes the project's metrics; precision, recall and F1 are means over the two classes.

    Args:
        labels: int [N], 0 for cat and 1 for dog.
        probabilities: float [N, 2], rows add up to 1.

    Returns:
        accuracy, precision, recall, f1, roc_auc, calibration_error, loss (nats); all but loss are 0 to 1.

    Raises:
        Mistake: some probabilities are not finite.
    """
    if not np.isfinite(probabilities).all():
        raise Mistake("the network's outputs are not finite: training diverged, set a smaller train.learning_rate")
    predicted = probabilities.argmax(1)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, predicted, average="macro", zero_division=0)
    likelihood = probabilities[np.arange(len(labels)), labels].clip(1e-7)
    return {
        "accuracy": float((predicted == labels).mean()),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "roc_auc": float(roc_auc_score(labels, probabilities[:, 1])) if len(set(labels)) == 2 else float("nan"),
        "calibration_error": calibration_error(labels, probabilities),
        "loss": float(-np.log(likelihood).mean()),
    }


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): mean gap between confidence and accuracy, by confidence."""
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(correct[which == b].sum() - confidence[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(labels))


def classification_table(labels: np.ndarray, probabilities: np.ndarray) -> str:
    """Precision, recall, F1 and count per class, as text."""
    table: str = classification_report(labels, probabilities.argmax(1), target_names=CLASSES, digits=4, zero_division=0)
    return table
