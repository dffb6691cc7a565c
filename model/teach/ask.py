"""Asks a teacher about views of the training photos."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from tqdm import tqdm

from model.contract.errors import Mistake
from model.contract.metadata import file_sha256
from model.params import TrainParams
from model.prepare.rows import Rows, new_rows
from model.prepare.summary import load_summary
from model.teach.answers import SUMMARY, AnswersSummary, count_views, names_of
from model.train.checkpoint import load_checkpoint, load_classes, load_network
from model.train.device import half_precision
from model.train.network import Classifier, with_features
from model.train.views import Views, worker_count

BATCHES = {"cpu": 64, "cuda": 512}


def ask(
    teacher: Path, prepared: Path, out: Path, params: TrainParams, device: torch.device, earlier: Path | None = None
) -> float:
    """Writes the answers to all views into the folder `out`.

    Args:
        teacher: best.pt of the network that answers.
        prepared: folder of model.prepare.
        out: an empty folder.
        params: of the network that is to learn from them.
        device: where the teacher runs.
        earlier: a folder that may have some of these answers already.

    Returns:
        The share of right answers.

    Raises:
        Mistake: no such checkpoint or photos, or the teacher knows other classes.
    """
    photos = Views(prepared, params)
    network, side = load_teacher(teacher, photos.classes)
    network.to(device)
    summary = AnswersSummary(
        prepared=load_summary(prepared), teacher=file_sha256(teacher), crop=params.crop, seed=params.seed,
        views=params.views, mixup=params.mixup,
    )  # fmt: skip
    right, known = 0, count_views(earlier, summary) if earlier else 0
    for view in range(params.views):
        if earlier and view < known:
            for name in names_of(view):
                shutil.copy(earlier / name, out / name)
        else:
            _ask_about_view(view, (network, side), photos, out, device)
        logits = Rows(out / names_of(view)[0])[np.arange(len(photos))]
        right += int((logits.argmax(1) == photos.labels.numpy()).sum())
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
def _ask_about_view(view: int, teacher: tuple[Classifier, int], photos: Views, out: Path, device: torch.device) -> None:
    """Writes logits (float32 [N, C]) and features (float16 [N, F]).

    A teacher is best at the size that it was trained on.
    """
    network, side = teacher
    batches = DataLoader(
        photos, BATCHES[device.type], sampler=[(view, index) for index in range(len(photos))],
        num_workers=worker_count(len(photos)),
    )  # fmt: skip
    shapes = (len(photos), len(photos.classes)), (len(photos), network.last_layer.in_features)
    with (
        new_rows(out / names_of(view)[0], shapes[0], np.float32) as logits_file,
        new_rows(out / names_of(view)[1], shapes[1], np.float16) as features_file,
    ):
        for images, _, _ in tqdm(batches, f"view {view + 1}", leave=False, unit=" batches"):
            scaled = F.interpolate(images.to(device).float(), (side, side), mode="bilinear", antialias=True)
            with half_precision(device):
                logits, features = with_features(network, scaled)
            logits_file.write(logits.float().cpu().numpy())
            features_file.write(features.half().cpu().numpy())
