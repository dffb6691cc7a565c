"""The file to serve: the frozen network, its metadata and its golden answers."""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from torch import nn

from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.metadata import NAME, Golden, Metadata, read_metadata
from model.export.evaluation import read_evaluation
from model.export.frozen import freeze, golden_batch, parity, without_deprecations
from model.output import new_file
from model.prepare.arrays import load_summary
from model.train.checkpoint import load_network

GOLDEN_COUNT = 6
MAX_DIFFERENCE = 1e-4


@torch.no_grad()
def golden_answers(frozen: nn.Module, size: int, candidates: int = 1024) -> list[Golden]:
    """Chooses golden images by their answers: half the most confident cats, half the most confident dogs.

    So that a model with swapped labels is noticed.

    Args:
        frozen: the network to serve.
        size: side of its input, in pixels.
        candidates: how many images to choose from.
    """
    probabilities = torch.cat([frozen(golden_batch([seed], size)) for seed in range(candidates)]).numpy()
    order = np.argsort(probabilities[:, 0])
    chosen = [*order[-GOLDEN_COUNT // 2 :][::-1], *order[: GOLDEN_COUNT // 2]]
    return [{"seed": int(seed), "probabilities": probabilities[seed].tolist()} for seed in chosen]


def export(checkpoint: Path, evaluation: Path, prepared: Path, out: Path) -> Metadata:
    """Writes the file to serve.

    Args:
        checkpoint: best.pt of model.train.
        evaluation: metrics.json of model.evaluate.
        prepared: folder of model.prepare.
        out: file to write; one that was exported before is replaced.

    Returns:
        The metadata in the file.

    Raises:
        Mistake: an input is missing, the frozen network differs from the trained one, or `out` is something else.
    """
    with new_file(out, is_exported, [checkpoint, evaluation, prepared]) as work:
        frozen, metadata = _freeze(checkpoint, evaluation, prepared)
        with without_deprecations():
            torch.jit.save(frozen, str(work), _extra_files={NAME: json.dumps(metadata)})
    return metadata


def is_exported(file: Path) -> bool:
    """Whether the file has the metadata that `export` writes."""
    try:
        read_metadata(file)
    except Mistake:
        return False
    return True


def _freeze(checkpoint: Path, evaluation: Path, prepared: Path) -> tuple[torch.jit.ScriptModule, Metadata]:
    """The frozen network, and what is to stand in its file."""
    size, temperature, figures = read_evaluation(evaluation)
    summary = load_summary(prepared)
    network = load_network(checkpoint)
    frozen = freeze(network, temperature, size)
    if (difference := parity(network, temperature, frozen, size)) > MAX_DIFFERENCE:
        raise Mistake(f"the frozen network differs from the trained one by {difference:.1e}: not exported")
    metadata: Metadata = {
        "classes": list(CLASSES),
        "size": size,
        "metrics": figures,
        "data": summary["data"],
        "revision": current_revision(),
        "golden": golden_answers(frozen, size),
    }
    return frozen, metadata


def current_revision() -> str:
    """The commit of the code that exports, "-dirty" if it has changes; "unknown" outside git."""
    try:
        command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
