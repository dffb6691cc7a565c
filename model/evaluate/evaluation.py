"""Evaluates a training run on its test split, or an exported file on any photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from model.contract.errors import Mistake
from model.contract.exported import ExportedModel
from model.contract.metadata import file_sha256
from model.evaluate.figures import Evaluation
from model.evaluate.metrics import classification_metrics, explain_missing
from model.evaluate.no_class import BUNDLED, NoClassAnswers, answer_no_class, bundled_photos, folder_photos
from model.evaluate.photos import FolderPhotos, Predict, Predictions, predict, split_photos
from model.evaluate.report import is_report, write_report
from model.evaluate.unsure import choose_threshold, measure_unsure
from model.output import new_folder
from model.params import ExportParams
from model.prepare.summary import load_summary
from model.train.checkpoint import load_classes, load_network
from model.train.device import best_device
from model.train.network import check_network, predict_logits
from model.train.temperature import fit_temperature


def evaluate_checkpoint(checkpoint: Path, photos: Path, prepared: Path, out: Path, params: ExportParams) -> Evaluation:
    """Fits the temperature on the validation split, measures on the test split, and writes a report.

    Args:
        checkpoint: best.pt of model.train.
        photos: the folder that `prepared` was made from.
        prepared: folder of model.prepare.
        out: folder for the report; that of an earlier run is replaced.
        params: the side of the network's input, and what unsure means.

    Returns:
        What it writes to `out`/metrics.json.

    Raises:
        Mistake: an input is missing, the classes are not those of the training, or `out` holds something else.
    """
    with new_folder(out, is_report, [checkpoint, photos, prepared]) as work:
        predictions, evaluation, no_class = _measure(checkpoint, photos, prepared, params)
        write_report(work, predictions, evaluation, evaluation["unsure"], evaluation.get("notes", []), [no_class])
    return evaluation


def _measure(
    checkpoint: Path, photos: Path, prepared: Path, params: ExportParams
) -> tuple[Predictions, Evaluation, NoClassAnswers]:
    """The answers to the photos of the test split, the figures, and the answers to photos of no class."""
    size = params.size
    classes, data, logits = _load(checkpoint, prepared, size)
    validation, test = (
        predict(split_photos(photos, prepared, split, size, classes), classes, size, logits)
        for split in ("validation", "test")
    )
    temperature = fit_temperature(validation.outputs, validation.labels)
    chosen_on, calibrated = (each.with_outputs(_softmax(each.outputs, temperature)) for each in (validation, test))
    below = choose_threshold(chosen_on.labels, chosen_on.outputs, params.sure_accuracy)
    evaluation: Evaluation = {
        "checkpoint": file_sha256(checkpoint),
        "classes": list(classes),
        "data": data,
        "size": size,
        "temperature": temperature,
        "validation": classification_metrics(chosen_on.labels, chosen_on.outputs),
        "test": classification_metrics(test.labels, calibrated.outputs),
        "unsure": measure_unsure(test.labels, calibrated.outputs, below),
    }

    def probabilities(pixels: np.ndarray) -> np.ndarray:
        return _softmax(logits(pixels), temperature)

    no_class = answer_no_class(BUNDLED, bundled_photos(classes), classes, size, probabilities, below)
    evaluation["no_class"] = no_class.figures
    if notes := explain_missing(test.labels, classes):
        evaluation["notes"] = notes
    return calibrated, evaluation, no_class


def _load(checkpoint: Path, prepared: Path, size: int) -> tuple[Sequence[str], str, Predict]:
    """The classes of the trained network and of the prepared photos, the hash of those, and what gives its logits."""
    network, classes, summary = load_network(checkpoint), load_classes(checkpoint), load_summary(prepared)
    if list(classes) != summary["classes"]:
        raise Mistake(
            f"{checkpoint} was trained for other classes than {prepared} has: run python -m model.train again"
        )
    check_network(network, len(classes), size)
    network.to(best_device())
    data = summary["data"]
    return classes, data, lambda pixels: predict_logits(network, [torch.from_numpy(pixels).permute(0, 3, 1, 2)])


def _softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    return F.softmax(torch.from_numpy(logits) / temperature, 1).numpy()


def evaluate_file(model: ExportedModel, photos: Path) -> tuple[Predictions, int]:
    """Runs an exported model on every photo of a folder, as the predictor would.

    Args:
        model: the exported model.
        photos: the folder, whose classes are the model's or some of them.

    Returns:
        The predictions, and the number of files that are not readable as photos.

    Raises:
        Mistake: the folder is missing, has a class that the model does not have, or no usable photo of one of its own.
    """
    found = FolderPhotos(photos, model.classes, model.size)
    return predict(found, model.classes, model.size, model.predict), found.unreadable


def evaluate_no_class(model: ExportedModel, folder: Path | None) -> list[NoClassAnswers]:
    """Runs an exported model on photos of no class: those that come with Python packages, and those of a folder.

    Raises:
        Mistake: the folder is missing, or has no readable photo.
    """
    unsure = model.metadata.get("unsure")
    below = unsure["below"] if unsure else None
    sources = {BUNDLED: bundled_photos(model.classes)} | ({f"in {folder}": folder_photos(folder)} if folder else {})
    answers = [
        answer_no_class(source, photos, model.classes, model.size, model.predict, below)
        for source, photos in sources.items()
    ]
    if folder and not answers[-1].files:
        raise Mistake(f"{folder} has no readable photo")
    return answers
