"""Writes the prepared photos: arrays, the manifest and a summary."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np

from model.contract.errors import Mistake
from model.output import holds_all, new_folder
from model.params import PrepareParams
from model.prepare.folders import find_photos
from model.prepare.photos import data_hash, read_photos
from model.prepare.splits import MANIFEST, MANIFEST_COLUMNS, SPLITS, split_of
from model.prepare.summary import SUMMARY, Summary

FILES = {MANIFEST, SUMMARY} | {f"{split}{part}.npy" for split in SPLITS for part in ("", "-labels")}


def prepare(photos_folder: Path, out: Path, params: PrepareParams) -> Summary:
    """Writes `out`: per split `NAME.npy` (uint8 [N, S, S, 3]) and `NAME-labels.npy` (int64 [N]), `manifest.csv`,
    `summary.json`.

    Returns:
        The summary: counts per split and class, counts of dropped files, hash of the data.

    Raises:
        Mistake: no usable photos of a class in a split, or `out` holds something else.
    """
    with new_folder(out, is_prepared, [photos_folder]) as work, (work / MANIFEST).open("w", newline="") as file:
        classes, found, _ = find_photos(photos_folder, params.classes)
        photos, dropped = read_photos(photos_folder, found, params.size)
        summary: Summary = {
            "classes": list(classes),
            "size": params.size,
            "data": data_hash(photos),
            "dropped": dict(dropped),
            "splits": {},
        }
        manifest = csv.writer(file, lineterminator="\n")
        manifest.writerow(MANIFEST_COLUMNS)
        for split in SPLITS:
            members = [photo for photo in photos if split_of(photo.sha256, params) == split]
            counts = Counter(photo.label for photo in members)
            if missing := [label for label in classes if not counts[label]]:
                raise Mistake(f"{photos_folder} has too few photos: none of a {missing[0]} fell into the {split} split")
            summary["splits"][split] = {label: counts[label] for label in classes}
            manifest.writerows((photo.file, photo.label, split, photo.sha256) for photo in members)
            np.save(work / f"{split}.npy", np.stack([photo.pixels for photo in members]))
            np.save(work / f"{split}-labels.npy", np.array([classes.index(photo.label) for photo in members]))
        (work / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def is_prepared(folder: Path) -> bool:
    """Whether the folder holds what `prepare` writes, and nothing else."""
    if not holds_all(folder, FILES):
        return False
    try:
        summary = json.loads((folder / SUMMARY).read_text())
    except ValueError:
        return False
    return isinstance(summary, dict) and summary.keys() >= {"data", "splits"}
