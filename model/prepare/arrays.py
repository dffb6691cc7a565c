"""Writes the prepared photos: arrays, the manifest, what was left out, and a summary."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.contract.errors import Mistake
from model.output import holds_all, new_folder
from model.params import PrepareParams
from model.prepare.duplicates import DUPLICATE, IN_TWO_CLASSES, without_duplicates
from model.prepare.folders import find_photos
from model.prepare.names import escaped
from model.prepare.photos import UNREADABLE, Photo, data_hash, read_photos
from model.prepare.rows import new_rows
from model.prepare.splits import MANIFEST, MANIFEST_COLUMNS, SPLITS, split_of
from model.prepare.summary import SUMMARY, Summary
from model.prepare.walk import IGNORED, Skipped

SKIPPED = "skipped.csv"
SKIPPED_COLUMNS = ("file", "what", "reason")
ARRAYS = {f"{split}{part}.npy" for split in SPLITS for part in ("", "-labels")}
FILES = {MANIFEST, SUMMARY, SKIPPED} | ARRAYS
Grouped = tuple[Photo, Photo]  # a photo, and the representative of its group


def prepare(photos_folder: Path, out: Path, params: PrepareParams) -> Summary:
    """Writes `out`: per split `NAME.npy` (uint8 [N, S, S, 3]) and `NAME-labels.npy` (int64 [N]), `manifest.csv`,
    `skipped.csv` and `summary.json`.

    In memory are a thumbnail and a fingerprint of each photo, about 2 KB. The pixels go through a file in `out`.

    Returns:
        The summary: classes, counts per split and class, counts of dropped files, hash of the data.

    Raises:
        Mistake: as `find_photos`; too few usable photos; or `out` holds something else.
    """
    with new_folder(out, is_prepared, [photos_folder]) as work:
        classes, found, ignored = find_photos(photos_folder, params.classes)
        pixels = work / ".pixels"
        with pixels.open("xb") as file:
            collection = read_photos(photos_folder, found, params.size, file)
        grouped, dropped = without_duplicates(collection)
        skipped = [*ignored, *collection.unreadable, *dropped]
        del collection
        members = _members(grouped, params)
        summary = _summary(classes, members, skipped, params)
        _check_counts(photos_folder, summary, dict(found), skipped)
        _write_tables(work, photos_folder, members, skipped)
        _write_arrays(work, pixels, classes, members, params.size)
        pixels.unlink()
        (work / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return summary


def is_prepared(folder: Path) -> bool:
    """Whether the folder holds what `prepare` writes, and nothing else; earlier versions wrote no skipped.csv."""
    if not (holds_all(folder, FILES) or holds_all(folder, FILES - {SKIPPED})):
        return False
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
    except ValueError:
        return False
    return isinstance(summary, dict) and summary.keys() >= {"data", "splits"}


def _members(grouped: Sequence[Grouped], params: PrepareParams) -> dict[str, list[Grouped]]:
    """The photos of each split, ordered by content hash."""
    members: dict[str, list[Grouped]] = {split: [] for split in SPLITS}
    for photo, representative in sorted(grouped, key=lambda pair: (pair[0].sha256, pair[0].file)):
        members[split_of(representative.sha256, params)].append((photo, representative))
    return members


def _summary(
    classes: Sequence[str], members: dict[str, list[Grouped]], skipped: Sequence[Skipped], params: PrepareParams
) -> Summary:
    counts = {split: Counter(photo.label for photo, _ in members[split]) for split in SPLITS}
    kinds = Counter(skip.kind for skip in skipped)
    kept = [pair for split in SPLITS for pair in members[split]]
    return {
        "classes": list(classes),
        "size": params.size,
        "data": data_hash([photo for photo, _ in kept]),
        "dropped": {kind: kinds[kind] for kind in (IGNORED, UNREADABLE, DUPLICATE, IN_TWO_CLASSES)},
        "near_duplicates": sum(photo is not representative for photo, representative in kept),
        "splits": {split: {label: counts[split][label] for label in classes} for split in SPLITS},
    }


def _check_counts(folder: Path, summary: Summary, found: dict[Path, str], skipped: Sequence[Skipped]) -> None:
    """Each class must be in the train split, and two in each of the others; what is missing there is said."""
    splits = summary["splits"]
    for label in summary["classes"]:
        if not any(counts[label] for counts in splits.values()):
            reasons = [f"{skip.kind}, {skip.reason}" for skip in skipped if found.get(skip.path) == label]
            raise Mistake(
                f"{folder} has no photo of the class {label} that can be used: {len(reasons):,} left out, first "
                f"{reasons[0]}"
            )
    for split, counts in splits.items():
        missing = [label for label, count in counts.items() if not count]
        needed = len(counts) if split == "train" else 2
        if len(counts) - len(missing) < needed:
            remedy = "add some" if split == "train" else f"add some, or set prepare.{split} higher in params.yaml"
            raise Mistake(
                f"{folder} has too few photos: none of the class {missing[0]} fell into the {split} split: {remedy}"
            )


def _write_tables(work: Path, folder: Path, members: dict[str, list[Grouped]], skipped: Sequence[Skipped]) -> None:
    with (work / MANIFEST).open("w", encoding="utf-8", newline="") as file:
        manifest = csv.writer(file, lineterminator="\n")
        manifest.writerow(MANIFEST_COLUMNS)
        for split in SPLITS:
            manifest.writerows((p.file, p.label, split, p.sha256, group.sha256) for p, group in members[split])
    with (work / SKIPPED).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(SKIPPED_COLUMNS)
        rows = [(escaped(path.relative_to(folder).as_posix()), kind, reason) for path, kind, reason in skipped]
        table.writerows(sorted(rows))


def _write_arrays(
    work: Path, pixels: Path, classes: Sequence[str], members: dict[str, list[Grouped]], size: int
) -> None:
    shape = (size, size, 3)
    place, row = {label: index for index, label in enumerate(classes)}, np.empty(shape, np.uint8)
    total = sum(map(len, members.values()))
    with pixels.open("rb", buffering=0) as source, tqdm(None, "write arrays", total, unit=" photos") as progress:
        for split in SPLITS:
            labels = np.array([place[photo.label] for photo, _ in members[split]])
            np.save(work / f"{split}-labels.npy", labels)
            with new_rows(work / f"{split}.npy", (len(labels), *shape), np.uint8) as target:
                for photo, _ in members[split]:
                    source.seek(photo.row * row.nbytes)
                    source.readinto(row.data.cast("B"))
                    target.write(row)
                    progress.update()
