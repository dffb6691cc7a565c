"""Evaluates a training run on its test split, or an exported file on any photos."""

from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.exported import ExportedModel
from model.contract.preprocess import BadImage, preprocess
from model.evaluate.metrics import classification_metrics
from model.evaluate.report import Predictions, is_report, write_report
from model.output import new_folder
from model.prepare.photos import find_photos
from model.prepare.splits import LabelledPhotos, read_split
from model.train.checkpoint import load_network
from model.train.device import best_device
from model.train.network import predict_logits


class Evaluation(TypedDict):
    """What `evaluate_checkpoint` writes to metrics.json."""

    size: int  # side of the network's input, in pixels
    temperature: float  # divisor of the logits
    validation: dict[str, float]  # metrics of the splits
    test: dict[str, float]


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Temperature scaling (Guo et al. 2017): the divisor of the logits that minimises the cross entropy.

    Args:
        logits: float32 [N, 2] of the validation split.
        labels: int64 [N].

    Returns:
        A number between 0.05 and 20; above 1 where the network is overconfident.
    """
    logit_tensor, label_tensor = torch.from_numpy(logits).double(), torch.from_numpy(labels)
    candidates = np.geomspace(0.05, 20, 601)
    losses = [F.cross_entropy(logit_tensor / t, label_tensor).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def evaluate_checkpoint(checkpoint: Path, photos: Path, prepared: Path, out: Path, size: int) -> Evaluation:
    """Fits the temperature on the validation split, measures on the test split, and writes a report.

    Args:
        checkpoint: best.pt of model.train.
        photos: the folder that `prepared` was made from.
        prepared: folder of model.prepare.
        out: folder for the report; that of an earlier run is replaced.
        size: side of the network's input, in pixels.

    Returns:
        What it writes to `out`/metrics.json.

    Raises:
        Mistake: an input is missing, or `out` holds something else.
    """
    with new_folder(out, is_report, [checkpoint, photos, prepared]) as work:
        predictions, evaluation = _measure(checkpoint, photos, prepared, size)
        write_report(work, predictions, evaluation)
    return evaluation


def _measure(checkpoint: Path, photos: Path, prepared: Path, size: int) -> tuple[Predictions, Evaluation]:
    """The answers to the photos of the test split, and the figures."""
    network = load_network(checkpoint).to(best_device())
    validation, test = (read_split(photos, prepared, split, size) for split in ("validation", "test"))
    validation_logits, test_logits = (
        predict_logits(network, torch.split(torch.from_numpy(split.pixels).permute(0, 3, 1, 2), 128))
        for split in (validation, test)
    )
    temperature = fit_temperature(validation_logits, validation.labels)
    test_probabilities = _calibrated(test_logits, temperature)
    evaluation: Evaluation = {
        "size": size,
        "temperature": temperature,
        "validation": classification_metrics(validation.labels, _calibrated(validation_logits, temperature)),
        "test": classification_metrics(test.labels, test_probabilities),
    }
    return Predictions(test, test_probabilities), evaluation


def _calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    return F.softmax(torch.from_numpy(logits) / temperature, 1).numpy()


def evaluate_file(model: ExportedModel, photos: Path) -> tuple[Predictions, int]:
    """Runs an exported model on every photo below `photos`/cat and `photos`/dog, as the predictor would.

    Returns:
        The predictions, and the number of files that are not readable as photos.

    Raises:
        Mistake: the folder is missing, or has no usable photo of a class.
    """
    names, labels, pixels, unreadable = [], [], [], 0
    for path, label in tqdm(find_photos(photos), "evaluate", unit=" photos"):
        try:
            pixels.append(preprocess(path.read_bytes(), model.size))
        except BadImage:
            unreadable += 1
            continue
        names.append(path.relative_to(photos).as_posix())
        labels.append(CLASSES.index(label))
    if missing := [label for index, label in enumerate(CLASSES) if index not in labels]:
        raise Mistake(f"{photos} has no readable photo of a {missing[0]}")
    found = LabelledPhotos(names, np.array(labels), np.stack(pixels))
    return Predictions(found, model.predict(found.pixels)), unreadable
