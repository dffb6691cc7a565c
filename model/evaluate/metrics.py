"""The metrics of a classifier with any number of classes."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from model.contract.errors import Mistake, some

TOP = 5  # accuracy among so many guesses is told where there are more classes


def classification_metrics(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Computes the project's metrics.

    Precision, recall, F1 and ROC AUC (each class against all others) are means over the classes that have photos.

    Args:
        labels: the right classes, int [N], N > 0.
        probabilities: float [N, C], rows add up to 1.

    Returns:
        accuracy, top5_accuracy (if there are more than five classes), precision, recall, f1, roc_auc (if there are
        photos of two classes or more), calibration_error, loss (nats); all but loss are 0 to 1.

    Raises:
        Mistake: some probabilities are not finite.
    """
    if not np.isfinite(probabilities).all():
        raise Mistake("the network's outputs are not finite: training diverged, set a smaller learning_rate")
    predicted, present = probabilities.argmax(1), np.unique(labels)
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, labels=present, average="macro", zero_division=0
    )
    likelihood = probabilities[np.arange(len(labels)), labels].clip(1e-7)
    metrics = {"accuracy": float((predicted == labels).mean())}
    if probabilities.shape[1] > TOP:
        best = np.argpartition(-probabilities, TOP, axis=1)[:, :TOP]
        metrics["top5_accuracy"] = float((best == labels[:, None]).any(1).mean())
    metrics |= {"precision": float(precision), "recall": float(recall), "f1": float(f1)}
    if len(present) > 1:
        metrics["roc_auc"] = _roc_auc(labels, probabilities, present)
    return metrics | {
        "calibration_error": calibration_error(labels, probabilities),
        "loss": float(-np.log(likelihood).mean()),
    }


def explain_missing(labels: np.ndarray, classes: Sequence[str]) -> list[str]:
    """What to know about the metrics: of which classes there are no photos (labels: int [N])."""
    missing = [name for index, name in enumerate(classes) if not (labels == index).any()]
    if not missing:
        return []
    left = len(classes) - len(missing)
    rest = f"means over the other {left:,}" if left > 1 else "of the only other class, and there is no ROC AUC"
    return [f"no photos of {some(missing, 5)}: precision, recall, F1 and ROC AUC are {rest}"]


def _roc_auc(labels: np.ndarray, probabilities: np.ndarray, present: np.ndarray) -> float:
    """One class against the rest, mean over the classes that have photos; of two classes both have the same."""
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    return float(np.mean([roc_auc_score(labels == label, probabilities[:, label]) for label in present]))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): mean gap between confidence and accuracy, by confidence."""
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(correct[which == b].sum() - confidence[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(labels))


def confused_pairs(labels: np.ndarray, predicted: np.ndarray, classes: int, count: int) -> list[tuple[int, int, int]]:
    """The most frequent mistakes: (right class, predicted class, photos), the most frequent first.

    Args:
        labels: the right classes, int [N].
        predicted: int [N].
        classes: number of classes.
        count: how many pairs at most.
    """
    wrong = labels != predicted
    pairs, photos = np.unique(labels[wrong] * classes + predicted[wrong], return_counts=True)
    order = np.argsort(-photos, kind="stable")[:count]
    return [(int(pairs[i]) // classes, int(pairs[i]) % classes, int(photos[i])) for i in order]
