"""The threshold below which answers are unsure, and what it promises."""

import numpy as np
import pytest

from model.evaluate.unsure import choose_threshold, describe_unsure, measure_unsure, sure_shares


def answers(*confidences: float, wrong: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities of two classes; class 0 is always the answer."""
    labels = np.array([int(index in wrong) for index in range(len(confidences))])
    return labels, np.array([[confidence, 1 - confidence] for confidence in confidences])


def test_accuracies_of_the_most_confident() -> None:
    confidences, accuracies = sure_shares(*answers(0.6, 0.9, 0.8, 0.7, wrong=(2,)))
    assert confidences.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert accuracies.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4])


def test_answers_of_the_same_confidence_are_all_sure_or_all_unsure() -> None:
    labels, probabilities = answers(0.9, 0.8, 0.8, 0.7, wrong=(2, 3))
    assert sure_shares(labels, probabilities)[1].tolist() == pytest.approx([1, 2 / 3, 2 / 3, 1 / 2])
    assert choose_threshold(labels, probabilities, 0.9) == 0.9


@pytest.mark.parametrize(
    ("accuracy", "below"),
    [(1.0, 0.9), (0.7, 0.6), (0.6, 0.0)],
)
def test_the_lowest_threshold_that_keeps_the_accuracy(accuracy: float, below: float) -> None:
    labels, probabilities = answers(0.9, 0.8, 0.7, 0.6, 0.55, wrong=(1, 4))
    assert choose_threshold(labels, probabilities, accuracy) == below


def test_where_the_most_confident_answer_is_wrong_all_are_unsure() -> None:
    labels, probabilities = answers(0.9, 0.8, wrong=(0, 1))
    assert choose_threshold(labels, probabilities, 0.9) == 1.0
    unsure = measure_unsure(labels, probabilities, 1.0)
    assert (unsure["answered"], unsure["interval"]) == (0.0, [0.0, 1.0])


def test_what_a_threshold_promises() -> None:
    unsure = measure_unsure(*answers(*[0.99] * 98, 0.98, 0.97, 0.6, wrong=(98, 100)), 0.7)
    assert unsure["answered"] == pytest.approx(100 / 101)
    assert unsure["accuracy"] == 0.99
    assert unsure["interval"] == pytest.approx([0.9455, 0.9982], abs=1e-4)  # Wilson's, of 99 of 100
    assert describe_unsure(unsure) == (
        "1.0% of the answers are unsure (confidence below 0.700); of the others 99.00% are right "
        "(95 % interval 94.55% to 99.82%)"
    )
