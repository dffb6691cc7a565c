"""What chance explains: exact tests of counts, and an interval. Standard library only; scipy gives the same figures."""

import math

SIGNIFICANT = 0.05
Z95 = 1.959963984540054  # of the normal distribution, two-sided


def at_most(count: int, total: int, share: float) -> float:
    """How likely it is to see at most `count` among `total` where each has the chance `share`: a binomial tail.

    Args:
        count: 0 to total.
        total: how many were looked at.
        share: 0 to 1.
    """
    if count >= total or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    scale, yes, no = math.lgamma(total + 1), math.log(share), math.log1p(-share)
    terms = (
        scale - math.lgamma(k + 1) - math.lgamma(total - k + 1) + k * yes + (total - k) * no for k in range(count + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def p_worse(new_alone: int, old_alone: int) -> float:
    """How likely one as good as the other does at least so much worse: McNemar's exact test, one-sided.

    Args:
        new_alone: photos that only the new one gets right.
        old_alone: photos that only the old one gets right.
    """
    return at_most(new_alone, new_alone + old_alone, 0.5)


def interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share that was measured as `count` of `total`, which is above zero (Wilson 1927)."""
    share, square = count / total, Z95**2 / total
    middle = (share + square / 2) / (1 + square)
    half = Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
