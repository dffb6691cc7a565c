"""The threshold below which answers are unsure, and what it promises."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.evaluate.pictures import draw_unsure
from model.evaluate.unsure import NEVER_SURE, choose_threshold, describe_unsure, measure_unsure, sure_shares


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


@pytest.mark.parametrize("confidence", [0.9, 1.0])
def test_where_the_most_confident_answer_is_wrong_all_are_unsure(confidence: float) -> None:
    """Also one of 1.0 exactly, which softmax in float32 gives for logits that are 17 apart."""
    labels, probabilities = answers(confidence, 0.8, wrong=(0, 1))
    below = choose_threshold(labels, probabilities.astype(np.float32), 0.9)
    assert json.loads(json.dumps(below)) == below == NEVER_SURE
    unsure = measure_unsure(labels, probabilities.astype(np.float32), below)
    assert (unsure["answered"], unsure["interval"]) == (0.0, [0.0, 1.0])
    assert describe_unsure(unsure) == "all answers are unsure (confidence below 1.000)"


def test_where_all_are_right_no_answer_is_unsure(tmp_path: Path) -> None:
    labels, probabilities = answers(0.9, 0.5)
    assert choose_threshold(labels, probabilities, 1.0) == 0.0
    unsure = measure_unsure(labels, probabilities, 0.0)
    assert describe_unsure(unsure) == (
        "no answer is unsure (confidence below 0.000); 100.00% are right (95 % interval 34.24% to 100.00%)"
    )
    draw_unsure(labels, probabilities, unsure, tmp_path / "unsure.png")
    assert (tmp_path / "unsure.png").stat().st_size


def test_what_a_threshold_promises() -> None:
    unsure = measure_unsure(*answers(*[0.99] * 98, 0.98, 0.97, 0.6, wrong=(98, 100)), 0.7)
    assert unsure["answered"] == pytest.approx(100 / 101)
    assert unsure["accuracy"] == 0.99
    assert unsure["interval"] == pytest.approx([0.9455, 0.9982], abs=1e-4)  # Wilson's, of 99 of 100
    assert describe_unsure(unsure) == (
        "1.0% of the answers are unsure (confidence below 0.700); of the others 99.00% are right "
        "(95 % interval 94.55% to 99.82%)"
    )


@st.composite
def any_answers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """To 1 to 300 photos, of 2 to 1,000 classes, some of them without photos; confidences are often equal, or 1.0."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    photos, classes = draw(st.integers(1, 300)), draw(st.sampled_from([2, 3, 10, 1000]))
    logits = random.normal(size=(photos, classes)) * draw(st.sampled_from([0, 0.1, 1, 10, 1000]))
    logits = logits.round(draw(st.sampled_from([0, 1, 9]))).astype(np.float32)
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = exponentials / exponentials.sum(1, keepdims=True)
    right = random.random(photos) < draw(st.sampled_from([0, 0.5, 0.9, 0.99, 1]))
    labels = np.where(right, probabilities.argmax(1), random.integers(0, draw(st.integers(1, classes)), photos))
    return labels, probabilities


@settings(deadline=None)
@given(any_answers(), st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_no_other_threshold_answers_more_photos_as_accurately(
    any_answers: tuple[np.ndarray, np.ndarray], accuracy: float
) -> None:
    labels, probabilities = any_answers
    below = choose_threshold(labels, probabilities, accuracy)
    unsure = measure_unsure(labels, probabilities, below)
    assert unsure["below"] == json.loads(json.dumps(below))
    assert unsure["answered"] == 0 or unsure["accuracy"] >= accuracy
    confidences = probabilities.max(1)
    lower = [measure_unsure(labels, probabilities, float(c)) for c in confidences if c < below]
    assert all(each["accuracy"] < accuracy for each in lower)
    low, high = unsure["interval"]
    assert unsure["answered"] == 0 or 0 <= low <= unsure["accuracy"] <= high <= 1


def test_the_interval_holds_what_a_threshold_does_to_new_photos() -> None:
    """Chosen on some photos, measured on others: the promise is that of the second ones, which chose nothing."""
    random = np.random.default_rng(1)

    def photos(count: int) -> tuple[np.ndarray, np.ndarray]:
        confidence = 1 - random.beta(0.5, 6, count) / 2
        return (random.random(count) > confidence).astype(int), np.stack([confidence, 1 - confidence], 1)

    everybody, held = photos(200_000), 0
    for _ in range(200):
        unsure = measure_unsure(*photos(400), choose_threshold(*photos(100), 0.98))
        truth = measure_unsure(*everybody, unsure["below"])["accuracy"]
        low, high = unsure["interval"]
        held += low <= truth <= high
    assert held >= 180
