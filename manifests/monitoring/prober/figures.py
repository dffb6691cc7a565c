"""Accuracy, precision, recall and F1 of answers whose right ones are known; means are over the classes with photos."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1, and counts of (right label, predicted label)."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    confusion: Counter[tuple[str, str]]


def measure(pairs: Sequence[tuple[str, str]]) -> Figures:
    """The figures of (right label, predicted label), of which there is at least one."""
    confusion = Counter(pairs)
    right, predicted = Counter(label for label, _ in pairs), Counter(label for _, label in pairs)
    hits = {label: confusion[label, label] for label in right}
    precision = [hits[label] / predicted[label] if predicted[label] else 0.0 for label in right]
    recall = [hits[label] / count for label, count in right.items()]
    f1 = [2 * hits[label] / (right[label] + predicted[label]) for label in right]
    return Figures(sum(hits.values()) / len(pairs), mean(precision), mean(recall), mean(f1), confusion)


def mean(shares: Sequence[float]) -> float:
    """Of at least one."""
    return sum(shares) / len(shares)
