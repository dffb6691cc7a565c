"""Figures of chance are scipy's."""

import pytest
from scipy.stats import binom, binomtest

from hack.delivery.chance import at_most, interval, p_worse


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.95, 1.0])
@pytest.mark.parametrize(("count", "total"), [(0, 0), (0, 1), (3, 10), (10, 10), (190, 200), (4_700, 5_000)])
def test_the_tail(count: int, total: int, share: float) -> None:
    assert at_most(count, total, share) == pytest.approx(binom.cdf(count, total, share), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(("new", "old"), [(0, 0), (0, 4), (0, 5), (7, 3), (40, 60)])
def test_mcnemar(new: int, old: int) -> None:
    expected = binomtest(new, new + old, alternative="less").pvalue if new + old else 1.0
    assert p_worse(new, old) == pytest.approx(expected)


@pytest.mark.parametrize(("count", "total"), [(0, 5), (193, 200), (200, 200)])
def test_the_interval(count: int, total: int) -> None:
    expected = binomtest(count, total).proportion_ci(method="wilson")
    assert interval(count, total) == pytest.approx((expected.low, expected.high))
