"""Pictures: curves of a training, and where a model is wrong."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from sklearn.metrics import ConfusionMatrixDisplay

from model.contract.classes import CLASSES

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw_curves(history: list[dict[str, float]], path: Path) -> None:
    """Loss and accuracy by epoch, of training and validation."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = [row["epoch"] + 1 for row in history]
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for split in ("train", "validation"):
            axis.plot(epochs, [row[f"{split}_{name}"] for row in history], label=split)
        axis.set(xlabel="epoch", title=name)
        axis.grid(alpha=0.3)
    axes[0].legend()
    _save(figure, path)


def draw_confusion(labels: np.ndarray, probabilities: np.ndarray, path: Path) -> None:
    """Confusion matrix."""
    figure, axis = plt.subplots(figsize=(4.5, 4), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(
        labels, probabilities.argmax(1), labels=range(len(CLASSES)), display_labels=CLASSES, cmap="Blues", ax=axis
    )
    _save(figure, path)


def draw_calibration(labels: np.ndarray, probabilities: np.ndarray, path: Path, bins: int = 10) -> None:
    """Share of correct answers by confidence; a well calibrated model stays on the diagonal."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == labels
    edges = np.linspace(0.5, 1, bins + 1)
    which = np.clip(np.digitize(confidence, edges) - 1, 0, bins - 1)
    filled = [b for b in range(bins) if (which == b).any()]
    figure, axis = plt.subplots(figsize=(4.5, 4), layout="constrained")
    axis.plot([0.5, 1], [0.5, 1], "--", color="grey")
    axis.plot([confidence[which == b].mean() for b in filled], [correct[which == b].mean() for b in filled], "o-")
    axis.set(xlabel="confidence", ylabel="accuracy", xlim=(0.5, 1), ylim=(0, 1.02))
    _save(figure, path)


def draw_mistakes(
    pixels: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, path: Path, count: int = 40
) -> None:
    """Contact sheet of the worst mistakes, the most confident first; says so where there are none.

    Args:
        pixels: uint8 [N, S, S, 3].
        labels: int [N].
        probabilities: float [N, 2].
        path: file to write.
        count: how many photos at most.
    """
    wrong = np.flatnonzero(probabilities.argmax(1) != labels)
    worst = wrong[np.argsort(probabilities[wrong, labels[wrong]])][:count]
    size, columns, line = pixels.shape[1], 8, 14
    rows = max(1, -(-len(worst) // columns))
    sheet = Image.new("RGB", (columns * size, rows * (size + line)), "white")
    draw = ImageDraw.Draw(sheet)
    if not len(worst):
        draw.text((4, 4), "no mistakes", fill="black")
    for place, index in enumerate(worst):
        x, y = place % columns * size, place // columns * (size + line)
        sheet.paste(Image.fromarray(pixels[index]), (x, y + line))
        doubt = 1 - probabilities[index, labels[index]]
        draw.text((x + 2, y + 1), f"{CLASSES[labels[index]]}? {doubt:.1%} no", fill="black")
    sheet.save(path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110)
    plt.close(figure)
