"""What a running server answers to labelled photos, and how good that is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_fscore_support
from tqdm import tqdm

from hack.delivery.chance import interval
from hack.live.asking import Refused, Reply, Server
from model.contract.classes import caseless
from model.contract.errors import Mistake
from model.evaluate.answers import identity_of
from model.evaluate.metrics import classification_metrics, explain_missing
from model.evaluate.photos import Predictions
from model.prepare.folders import find_photos
from model.prepare.names import escaped

PICTURE_SIDE = 160  # of the worst mistakes in their picture, in pixels
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Assessment:
    """The answers to N photos.

    Args:
        predictions: as model.evaluate has them, with the server's probabilities.
        replies: one for each of them.
        refused: files that the server could not read as photos.
    """

    predictions: Predictions
    replies: list[Reply]
    refused: list[str]

    @property
    def notes(self) -> list[str]:
        """Sentences on what there is to know about the figures."""
        unsure = np.array([reply.unsure for reply in self.replies])
        notes = explain_missing(self.predictions.labels, self.predictions.classes)
        if self.refused:
            notes.append(
                f"the server refuses {len(self.refused):,} files, such as {self.refused[0]}: they do not count"
            )
        if not unsure.any():
            return [*notes, "no answer is marked as unsure"]
        sentence = f"{unsure.mean():.1%} of the answers are marked as unsure"
        if unsure.all():
            return [*notes, sentence]
        low, high = interval(int(self.right[~unsure].sum()), int((~unsure).sum()))
        others = f"of the others {self.right[~unsure].mean():.2%} are right (95 % interval {low:.2%} to {high:.2%})"
        return [*notes, f"{sentence}; {others}"]

    @property
    def right(self) -> np.ndarray:
        """Which answers are right, bool [N]."""
        right: np.ndarray = self.predictions.outputs.argmax(1) == self.predictions.labels
        return right

    def figures(self, url: str, folder: Path) -> dict[str, Any]:
        """All figures, for JSON: shares from 0 to 1, latency in milliseconds.

        Args:
            url: of the server.
            folder: the photos.
        """
        labels, outputs = self.predictions.labels, self.predictions.outputs
        low, high = interval(int(self.right.sum()), len(labels))
        milliseconds = np.percentile([reply.seconds * 1000 for reply in self.replies], PERCENTILES)
        revision, model_version = self.replies[0].versions
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "url": url,
            "revision": revision,
            "model_version": model_version,
            "folder": str(folder),
            "photos": len(labels),
            "photos_sha256": identity_of(self.predictions.sha256s),
            "refused": len(self.refused),
            "metrics": classification_metrics(labels, outputs),
            "accuracy_interval": [low, high],
            "latency_ms": {f"p{p}": round(float(ms), 2) for p, ms in zip(PERCENTILES, milliseconds, strict=True)},
            "unsure": sum(reply.unsure for reply in self.replies) / len(labels),
            "classes": self._by_class(),
            "notes": self.notes,
        }

    def _by_class(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and photos of each class that has photos."""
        labels, present = self.predictions.labels, np.unique(self.predictions.labels)
        columns = precision_recall_fscore_support(
            labels, self.predictions.outputs.argmax(1), labels=present, zero_division=0
        )
        return {
            self.predictions.classes[index]: {
                "precision": float(precision), "recall": float(recall), "f1": float(f1), "photos": int(photos),
            }
            for index, precision, recall, f1, photos in zip(present, *columns, strict=True)
        }  # fmt: skip


def assess(server: Server, folder: Path) -> Assessment:
    """Asks a server about every photo of a folder: the photos, and the order, of `model.evaluate file`.

    Args:
        server: which is asked.
        folder: in one of the layouts of model.prepare.folders; its classes are the server's, or some of them.

    Raises:
        Mistake: the folder is missing, has other classes, or no readable photo of a class; or the server fails, or
            another version answers than at the beginning.
    """
    found = find_photos(folder)
    classes = server.classes()
    number = {name: index_of(name, classes, folder) for name in found.classes}
    paths, sha256s, labels, replies, refused = [], [], [], [], []
    for path, name in tqdm(found.photos, "assess", unit=" photos"):
        try:
            data = path.read_bytes()
            reply = server.ask(data)
        except (Refused, OSError):
            refused.append(escaped(path.relative_to(folder).as_posix()))
            continue
        paths.append(path)
        sha256s.append(hashlib.sha256(data).hexdigest())
        labels.append(number[name])
        replies.append(reply)
        if reply.versions != replies[0].versions:
            raise Mistake(
                f"a rollout went on: {describe(replies[0])} answered first, then {describe(reply)}: ask again"
            )
    if missing := [name for name, index in number.items() if index not in set(labels)]:
        raise Mistake(f"the server can read no photo of the class {missing[0]} in {folder}")
    outputs = np.stack([row_of(reply, classes) for reply in replies])
    files = [escaped(path.relative_to(folder).as_posix()) for path in paths]
    predictions = Predictions(classes, paths, files, sha256s, np.array(labels), outputs, PICTURE_SIDE)
    return Assessment(predictions, replies, refused)


def index_of(name: str, classes: Sequence[str], folder: Path) -> int:
    """Which of the server's classes this is; raises Mistake if it is none."""
    for index, known in enumerate(classes):
        if caseless(known) == caseless(name):
            return index
    raise Mistake(f"{folder} has a class {name}, which the server's model does not have")


def describe(reply: Reply) -> str:
    """Who answered, for people."""
    return f"revision {reply.revision[:12]} with model {reply.model_version}"


def row_of(reply: Reply, classes: Sequence[str]) -> np.ndarray:
    """The probabilities in the order of the classes, float32 [C]; the label has the largest, though they are rounded.

    Raises:
        Mistake: the answer has other classes.
    """
    if set(reply.probabilities) != set(classes):
        raise Mistake(f"{describe(reply)} answers with other classes than it says it has")
    row = np.array([reply.probabilities[name] for name in classes], np.float32)
    label = classes.index(reply.label)
    if row.argmax() != label:
        row[label] = np.nextafter(row.max(), np.float32(2))
    return row
