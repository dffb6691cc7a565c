"""The folder of a training run. It is written into, epoch by epoch, and never replaced as a whole."""

import re
from collections.abc import Sequence
from pathlib import Path

from model.contract.errors import Mistake
from model.output import check_folder, holds_only
from model.tracking import RUN_FILE
from model.train.checkpoint import load_checkpoint

HISTORY = "history.csv"
CHECKPOINTS = {"best.pt", "last.pt"}
# whole_file's, of a training that was killed while it wrote
LEFTOVER = re.compile(r"\.(best\.pt|last\.pt|history\.csv|mlflow-run\.)-[0-9a-f]{8}")


def make_folder(out: Path, inputs: Sequence[Path]) -> None:
    """Makes the folder `out` for a training run, or takes that of an earlier one.

    Raises:
        Mistake: as model.output.check_folder.
    """
    check_folder(out, is_training_run, inputs)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"the output {out} cannot be written: {error.strerror}") from None
    for leftover in _leftovers(out):
        (out / leftover).unlink()


def is_training_run(folder: Path) -> bool:
    """Whether the folder holds what model.train writes, and nothing else; an interrupted run has written less."""
    names = {RUN_FILE, HISTORY} | CHECKPOINTS
    if not holds_only(folder, names | _leftovers(folder)):
        return False
    run, history = folder / RUN_FILE, folder / HISTORY
    return (
        (not run.exists() or re.fullmatch(rb"[0-9a-f]{32}\n", run.read_bytes()) is not None)
        and (not history.exists() or history.read_bytes().startswith(b"epoch,train_"))
        and all(_is_checkpoint(folder / name) for name in CHECKPOINTS if (folder / name).exists())
    )


def _leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if LEFTOVER.fullmatch(path.name)}


def _is_checkpoint(file: Path) -> bool:
    try:
        return {"params", "best"} <= load_checkpoint(file).keys()
    except (Mistake, AttributeError):
        return False
