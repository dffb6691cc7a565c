"""Whether photos are those on which a model can be compared with the baseline, before hours of training on them."""

from pathlib import Path

from model.accept.comparison import LEAST_SHARED
from model.compare.files import read_measured
from model.contract.errors import Mistake
from model.evaluate.answers import MOST_ANSWERS
from model.prepare.splits import read_manifest
from model.prepare.summary import load_summary


def foresee(prepared: Path, baseline: Path) -> str:
    """What a model of these photos is going to be compared on, as a sentence.

    Args:
        prepared: folder of model.prepare.
        baseline: the file that the model would replace.

    Raises:
        Mistake: too few of the baseline's test photos are among the test photos, or an input is missing.
    """
    old = read_measured(baseline)
    if set(old.metadata["classes"]) != set(load_summary(prepared)["classes"]):
        return "The baseline has other classes: only the time of a forward pass is going to be compared."
    hashes = sorted(row["sha256"] for row in read_manifest(prepared, "test"))[:MOST_ANSWERS]
    count, shared = len(old.answers.sha256), len({bytes.fromhex(each) for each in hashes} & old.rows.keys())
    if shared < LEAST_SHARED * count:
        raise Mistake(
            f"only {shared:,} of the baseline's {count:,} test photos are among these, so no model of them can be "
            f"compared with it: take the photos that it was trained on, or train by hand (dvc repro) and commit that "
            f"model as the next baseline"
        )
    return f"It is going to be compared on {shared:,} of the baseline's {count:,} test photos."
