import pytest

from hack.benchmark.comparison import describe, ratios


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.2] * 5, "1.200 (1.200 to 1.200), no verdict: 5 rounds are too few"),
        ([1.2, 1.1, 1.3, 1.2, 1.01, 1.2], "1.200 (1.010 to 1.300), more in each of 6 rounds"),
        ([0.8, 0.7, 0.9, 0.8, 0.99, 0.8], "0.800 (0.700 to 0.990), less in each of 6 rounds"),
        ([0.9, 1.1, 1.3, 1.2, 1.2, 1.2], "1.200 (0.900 to 1.300), no difference that the noise lets one see"),
        ([1.0] * 6, "1.000 (1.000 to 1.000), no difference"),
        ([], "no verdict: a version answered nothing"),
    ],
)
def test_verdicts(values: list[float], text: str) -> None:
    assert describe(values).startswith(text)


def test_ratios_of_rounds_in_which_both_answered() -> None:
    assert ratios([2, 3, 0, 4], [1, 6, 1, 0]) == [2, 0.5]
