"""Whether photos are those on which a model can be compared with the baseline, before hours of training on them."""

from pathlib import Path

from model.accept.comparison import and_relabelled, count_shared, is_enough
from model.compare.files import read_measured
from model.compare.shared import Kept, share
from model.contract.errors import Mistake
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
    classes = {bytes.fromhex(row["sha256"]): row["class"] for row in read_manifest(prepared, "test")}
    shared = share(Kept.of_photos(classes), old.kept)
    if not is_enough(shared):
        raise Mistake(
            f"only {count_shared(shared)} are among these{and_relabelled(shared)}, so no model of them can be "
            f"compared with it: take the photos that it was trained on, or train by hand (dvc repro) and commit that "
            f"model as the next baseline"
        )
    left_out = f"; {shared.relabelled:,} more were relabelled and are left out" if shared.relabelled else ""
    return f"It is going to be compared on {count_shared(shared)}{left_out}."
