"""Pictures: curves of a training, and where a model is wrong."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import MaxNLocator
from PIL import Image, ImageDraw, ImageFont

from model.contract.metadata import Unsure
from model.evaluate.metrics import confused_pairs
from model.evaluate.unsure import sure_shares

matplotlib.use("Agg")
from matplotlib import pyplot as plt

plt.rcParams["text.parse_math"] = False  # a class may have $ in its name

MOST_NUMBERS = 15  # classes of a matrix in which the numbers can be read
MOST_ROWS = 100  # classes of a matrix in which the names can be read
PAIRS = 40  # confused pairs that are shown where there are more
LONGEST = 24  # characters of a class's name
FONT = findfont(FontProperties())  # of all pictures


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


def draw_confusion(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str], path: Path) -> None:
    """The confusion matrix; of more than MOST_ROWS classes, the pairs that are confused most often.

    Args:
        labels: the right classes, int [N].
        predicted: int [N].
        classes: their names.
        path: file to write.
    """
    if len(classes) > MOST_ROWS:
        _save(_confused_pairs(labels, predicted, classes), path)
        return
    count = len(classes)
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    totals = matrix.sum(1, keepdims=True)
    side = 3.2 + count * (0.5 if count <= MOST_NUMBERS else 0.2)
    figure, axis = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
    image = axis.imshow(matrix / np.maximum(totals, 1), cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axis, label="share of the class's photos", shrink=0.8)
    names = names_to_draw(classes)
    axis.set_xticks(range(count), names, rotation=0 if count == 2 else 90, fontsize=10 if count <= MOST_NUMBERS else 8)
    axis.set_yticks(range(count), names, fontsize=10 if count <= MOST_NUMBERS else 8)
    axis.set(xlabel="predicted", ylabel="actual")
    if count <= MOST_NUMBERS:
        _write_numbers(axis, matrix, totals)
    else:
        axis.set_xticks(np.arange(-0.5, count), minor=True)
        axis.set_yticks(np.arange(-0.5, count), minor=True)
        axis.grid(which="minor", color="lightgrey", linewidth=0.3)
        axis.tick_params(which="minor", length=0)
    _save(figure, path)


def _write_numbers(axis: Axes, matrix: np.ndarray, totals: np.ndarray) -> None:
    for (row, column), photos in np.ndenumerate(matrix):
        colour = "white" if photos > 0.5 * totals[row, 0] else "black"
        axis.text(column, row, f"{photos:,}", ha="center", va="center", color=colour)


def _confused_pairs(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> Figure:
    pairs = confused_pairs(labels, predicted, len(classes), PAIRS)
    figure, axis = plt.subplots(figsize=(9, 1.6 + 0.25 * max(4, len(pairs))), layout="constrained")
    wrong = int((labels != predicted).sum())
    shown = sum(photos for _, _, photos in pairs)
    kinds = f"{len(labels):,} photos, {len(classes):,} classes"
    figure.suptitle(f"confused most often: {shown:,} of {wrong:,} mistakes; {kinds}")
    axis.set(xlabel="photos of the class, and how many of them are taken for the other one")
    axis.margins(y=0.01)
    if not pairs:
        axis.set_axis_off()
        axis.text(0.5, 0.5, "no mistakes", ha="center", transform=axis.transAxes)
        return figure
    places = range(len(pairs))
    totals = [int((labels == actual).sum()) for actual, _, _ in pairs]
    axis.barh(places, totals, color="lightgrey")
    axis.barh(places, [photos for _, _, photos in pairs])
    names = names_to_draw(classes)
    axis.set_yticks(places, [f"{names[actual]} → {names[guess]}" for actual, guess, _ in pairs])
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.invert_yaxis()
    return figure


def draw_calibration(labels: np.ndarray, probabilities: np.ndarray, path: Path, bins: int = 10) -> None:
    """Share of correct answers by confidence; a well calibrated model stays on the diagonal."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == labels
    least = 0.5 if probabilities.shape[1] == 2 else 0.0  # of two probabilities one is at least a half
    edges = np.linspace(least, 1, bins + 1)
    which = np.clip(np.digitize(confidence, edges) - 1, 0, bins - 1)
    filled = [b for b in range(bins) if (which == b).any()]
    figure, axis = plt.subplots(figsize=(4.5, 4), layout="constrained")
    axis.plot([least, 1], [least, 1], "--", color="grey")
    axis.plot([confidence[which == b].mean() for b in filled], [correct[which == b].mean() for b in filled], "o-")
    axis.set(xlabel="confidence", ylabel="accuracy", xlim=(least, 1), ylim=(0, 1.02))
    _save(figure, path)


def draw_unsure(labels: np.ndarray, probabilities: np.ndarray, unsure: Unsure | None, path: Path) -> None:
    """Accuracy of the most confident answers by their share of all; with the threshold, if there is one."""
    _, accuracies = sure_shares(labels, probabilities)
    shares = np.arange(1, len(labels) + 1) / len(labels)
    figure, axis = plt.subplots(figsize=(4.5, 4), layout="constrained")
    axis.plot(shares, accuracies)
    if unsure and unsure["answered"]:
        low, high = unsure["interval"]
        bar = [[unsure["accuracy"] - low], [high - unsure["accuracy"]]]
        axis.errorbar([unsure["answered"]], [unsure["accuracy"]], bar, fmt="o", color="black", capsize=3)
        axis.set_title(f"unsure below a confidence of {unsure['below']:.3f}", fontsize=10)
    axis.set(xlabel="share of photos that are answered, the most confident first", ylabel="accuracy", xlim=(0, 1.01))
    axis.grid(color="lightgrey", linewidth=0.5)
    _save(figure, path)


def find_mistakes(labels: np.ndarray, probabilities: np.ndarray, count: int) -> np.ndarray:
    """The indices of the worst mistakes (int64, at most `count`), the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(1) != labels)
    worst: np.ndarray = wrong[np.argsort(probabilities[wrong, labels[wrong]] - probabilities[wrong].max(1))][:count]
    return worst


def draw_mistakes(
    photos: Sequence[np.ndarray], labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], path: Path
) -> None:
    """Contact sheet of mistakes; says so where there are none.

    Args:
        photos: uint8 [S, S, 3] each.
        labels: their right classes, int [N].
        probabilities: float [N, C].
        classes: their names.
        path: file to write.
    """
    size, columns, line = photos[0].shape[0] if len(photos) else 64, 8, 14
    width = max(size, 150)  # of a caption
    sheet = Image.new("RGB", (columns * width, max(1, -(-len(photos) // columns)) * (size + 2 * line)), "white")
    draw, names = ImageDraw.Draw(sheet), names_to_draw(classes, 18)
    draw.font = ImageFont.truetype(FONT, 10)
    if not len(photos):
        draw.text((4, 4), "no mistakes", fill="black")
    for place, (photo, label, row) in enumerate(zip(photos, labels, probabilities, strict=True)):
        x, y = place % columns * width, place // columns * (size + 2 * line)
        sheet.paste(Image.fromarray(photo), (x, y + 2 * line))
        guess = row.argmax()
        draw.text((x + 2, y + 1), f"{row[guess]:.1%} {names[guess]}", fill="black")
        draw.text((x + 2, y + 1 + line), f"is {names[label]}", fill="black")
    sheet.save(path)


def names_to_draw(classes: Sequence[str], longest: int = LONGEST) -> list[str]:
    """The classes' names for pictures, of at most so many characters, and different where the classes are.

    One that is cut, or has characters that the font lacks, begins with the number of the class: #1 is the first one.
    """
    drawable = get_font(FONT).get_charmap()
    names = []
    for number, name in enumerate(classes, 1):
        drawn = "".join(each if ord(each) in drawable else "?" for each in name)
        names.append(name if drawn == name and len(name) <= longest else short_name(f"#{number} {drawn}", longest))
    return names


def short_name(name: str, longest: int = LONGEST) -> str:
    """A name of at most so many characters."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110)
    plt.close(figure)
