"""Which answers are marked as unsure: those below a confidence that is chosen on the validation split.

Selective classification by the largest probability (Geifman and El-Yaniv 2017). The model answers all the same.
"""

import numpy as np
from scipy.stats import binomtest

from model.contract.metadata import Unsure

NEVER_SURE = float(np.nextafter(np.float32(1), np.float32(2)))  # softmax gives 1 itself, also for wrong answers


def sure_shares(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each number of the most confident answers: their confidence at least, and their accuracy.

    Args:
        labels: the right classes, int [N].
        probabilities: float [N, C].

    Returns:
        Two arrays of floats, [N], the most confident answer first. Where answers have the same confidence, the accuracy
        is that of all of them.
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    order = np.argsort(-confidence, kind="stable")
    accuracy = right[order].cumsum() / np.arange(1, len(order) + 1)
    last_of_equals = np.searchsorted(-confidence[order], -confidence[order], side="right") - 1
    return confidence[order], accuracy[last_of_equals]


def choose_threshold(labels: np.ndarray, probabilities: np.ndarray, accuracy: float) -> float:
    """The lowest confidence from which on answers have this accuracy: 0 if all have, NEVER_SURE if none have.

    It is the best of many thresholds on these photos, so others do a little worse: `measure_unsure` says how they do.

    Args:
        labels: the right classes, int [N].
        probabilities: calibrated, float [N, C].
        accuracy: of the answers that are not unsure.
    """
    confidences, accuracies = sure_shares(labels, probabilities)
    enough = np.flatnonzero(accuracies >= accuracy)
    if not len(enough):
        return NEVER_SURE
    return 0.0 if enough[-1] == len(labels) - 1 else float(confidences[enough[-1]])


def measure_unsure(labels: np.ndarray, probabilities: np.ndarray, below: float) -> Unsure:
    """How many answers are not unsure, and how many of those are right, with the 95 % interval (Wilson 1927).

    Args:
        labels: the right classes, int [N]; of photos that did not choose the threshold.
        probabilities: calibrated, float [N, C].
        below: the threshold.
    """
    sure = probabilities.max(1) >= below
    right, count = int((probabilities.argmax(1) == labels)[sure].sum()), int(sure.sum())
    if not count:
        return {"below": below, "answered": 0.0, "accuracy": 0.0, "interval": [0.0, 1.0]}
    interval = binomtest(right, count).proportion_ci(method="wilson")
    return {
        "below": below,
        "answered": count / len(labels),
        "accuracy": right / count,
        "interval": [float(interval.low), float(interval.high)],
    }


def describe_unsure(unsure: Unsure) -> str:
    """One sentence for a person."""
    low, high = unsure["interval"]
    right = f"{unsure['accuracy']:.2%} are right (95 % interval {low:.2%} to {high:.2%})"
    if not unsure["answered"]:
        return f"all answers are unsure (confidence below {unsure['below']:.3f})"
    if unsure["answered"] == 1:
        return f"no answer is unsure (confidence below {unsure['below']:.3f}); {right}"
    return (
        f"{1 - unsure['answered']:.1%} of the answers are unsure (confidence below {unsure['below']:.3f}); of the "
        f"others {right}"
    )
