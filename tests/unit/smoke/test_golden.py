"""An answer is right by the same rule as in the model's own code."""

import json
import math
import random

from model.contract.golden_photos import GoldenPhoto as ModelsPhoto
from tests.smoke.expected import Expected
from tests.smoke.golden import GoldenPhoto

NAN = math.nan


def both(
    right: list[float], found: list[float], difference: float = 0.01, factor: float = 1.5
) -> tuple[int | None, int | None]:
    """The wrong class by this rule and by the model's."""
    ours = GoldenPhoto("PNG", b"photo", tuple(right), difference, factor)
    tolerance = {"probability": difference, "factor": factor, "reason": ""}
    theirs = ModelsPhoto("PNG", b"photo", tuple(right), tolerance)  # type: ignore[arg-type]
    return ours.wrong_class(found), theirs.wrong_class(found)


def test_random_answers_are_judged_alike() -> None:
    generator = random.Random(7)
    seen = set()
    for _ in range(5_000):
        classes = generator.choice([2, 2, 3, 10])
        right = [10 ** generator.uniform(-6, 0) for _ in range(classes)]
        found = [value * generator.choice([1, 1, 1.2, 2]) + generator.gauss(0, 0.004) for value in right]
        if generator.random() < 0.1:
            found[generator.randrange(classes)] = generator.choice([NAN, math.inf, -math.inf, 0.0, 1.0])
        ours, theirs = both(right, found, 10 ** generator.uniform(-3, -1), 1 + 10 ** generator.uniform(-2, 0))
        assert ours == theirs, (right, found)
        seen.add(ours)
    assert {None, 0, 1} <= seen


def test_a_right_and_some_wrong_answers() -> None:
    right = [0.9, 0.1]
    assert both(right, [0.905, 0.095]) == (None, None)
    assert both(right, [0.92, 0.08]) == (0, 0)
    assert both(right, [0.9, NAN]) == (1, 1)
    assert both(right, [NAN, NAN]) == (0, 0)
    assert both([0.999, 0.001], [0.9984, 0.0016]) == (1, 1)  # within 0.01, but 1.6 times as much
    assert both([0.9999, 0.0001], [0.99, 0.0099]) == (None, None)  # too small for a ratio


def test_the_golden_photos_of_git(expected: Expected) -> None:
    for golden in expected.goldens:
        assert golden.wrong_class(golden.probabilities) is None
        assert golden.wrong_class(json.loads(json.dumps(golden.probabilities[::-1]))) is not None
        assert golden.differences(golden.probabilities) == [0.0] * len(expected.classes)
