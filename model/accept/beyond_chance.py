"""Is a file worse than the one that runs, beyond chance? Only their answers to test photos are compared, no speed."""

from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from model.accept.comparison import and_relabelled, count_shared, is_enough
from model.compare.files import pair, read_measured
from model.contract.errors import Mistake

SIGNIFICANT = 0.05


def p_worse(table: np.ndarray) -> float:
    """How likely it is that a model as good as the other one does at least so much worse: McNemar's test, one-sided.

    Args:
        table: int64 [2, 2], photos: whether the new model is right by whether the old one is.
    """
    new_alone, old_alone = int(table[1, 0]), int(table[0, 1])
    if new_alone + old_alone == 0:
        return 1.0
    return float(binomtest(new_alone, new_alone + old_alone, alternative="less").pvalue)


def check_not_worse(new: Path, old: Path) -> str:
    """Compares two files by the test photos that both hold answers to; returns what was found, as a sentence.

    Raises:
        Mistake: the new one is worse beyond chance, or they cannot be compared: a file is not an exported model, they
            have other classes, or too few test photos in common.
    """
    here, there = read_measured(new), read_measured(old)
    if set(here.metadata["classes"]) != set(there.metadata["classes"]):
        raise Mistake(f"{new} and {old} have different classes: there is nothing to compare")
    pairs = pair(here, there)
    if not is_enough(pairs.shared):
        raise Mistake(
            f"only {count_shared(pairs.shared)} are among those of {new}{and_relabelled(pairs.shared)}: too few to "
            "compare them"
        )
    table, count = pairs.table, len(pairs.labels)
    p = p_worse(table)
    found = (
        f"{new} gets {int(table[1].sum()):,} of {count:,} shared test photos right, {old} {int(table[:, 1].sum()):,} "
        f"(claimed by the files; McNemar's exact test, one-sided: p = {p:.3g})"
    )
    if p < SIGNIFICANT:
        raise Mistake(f"worse beyond chance: {found}")
    return f"not worse beyond chance: {found}"
