"""Asks a teacher about views of the training photos."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from model.contract.errors import Mistake
from model.contract.metadata import file_sha256
from model.params import TrainParams
from model.prepare.summary import load_summary
from model.teach.answers import SUMMARY, AnswersSummary
from model.train.checkpoint import load_checkpoint, load_classes, load_network
from model.train.device import half_precision
from model.train.network import Classifier, with_features
from model.train.views import Views, worker_count

BATCH = 64


def ask(teacher: Path, prepared: Path, out: Path, params: TrainParams, device: torch.device) -> float:
    """Writes the answers to all views into the folder `out`.

    Args:
        teacher: best.pt of the network that answers.
        prepared: folder of model.prepare.
        out: an empty folder.
        params: of the network that is to learn from them.
        device: where the teacher runs.

    Returns:
        The share of right answers.

    Raises:
        Mistake: no such checkpoint or photos, or the teacher knows other classes.
    """
    photos = Views(prepared, params)
    network, side = load_teacher(teacher, photos.classes)
    network.to(device)
    right = 0
    for view in range(params.views):
        photos.view = view
        logits, features = _answers(network, side, photos, f"view {view + 1}/{params.views}", device)
        right += int((logits.argmax(1) == photos.labels).sum())
        np.save(out / f"{view}-logits.npy", logits.numpy())
        np.save(out / f"{view}-features.npy", features.numpy())
    summary = AnswersSummary(
        prepared=load_summary(prepared), teacher=file_sha256(teacher), crop=params.crop, seed=params.seed,
        views=params.views,
    )  # fmt: skip
    (out / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    return right / len(photos) / params.views


def load_teacher(checkpoint: Path, classes: Sequence[str]) -> tuple[Classifier, int]:
    """The network of a training run, best.pt, to learn from, and the side of the crops that it was trained on.

    Raises:
        Mistake: no such file, not a checkpoint, or of other classes.
    """
    if load_classes(checkpoint) != tuple(classes):
        raise Mistake(f"the teacher {checkpoint} was trained for other classes than these photos have: train it again")
    return load_network(checkpoint), load_checkpoint(checkpoint)["params"]["crop"]


@torch.no_grad()
def _answers(network: Classifier, side: int, photos: Views, name: str, device: torch.device) -> tuple[Tensor, Tensor]:
    """Logits (float32 [N, C]) and features (float16 [N, F]); a teacher is best at the size that it was trained on."""
    answers = []
    batches = DataLoader(photos, BATCH, num_workers=worker_count(len(photos)))
    for images, _, _ in tqdm(batches, name, leave=False, unit=" batches"):
        scaled = F.interpolate(images.to(device).float(), (side, side), mode="bilinear", antialias=True)
        with half_precision(device):
            logits, features = with_features(network, scaled)
        answers.append((logits.float().cpu(), features.half().cpu()))
    return torch.cat([each[0] for each in answers]), torch.cat([each[1] for each in answers])
