"""The splits: which photo belongs to which, and the manifest that says so."""

import csv
from pathlib import Path

from model.contract.errors import Mistake
from model.params import PrepareParams

SPLITS = ("train", "validation", "test")
MANIFEST = "manifest.csv"  # in the folder of prepared photos
MANIFEST_COLUMNS = ("file", "class", "split", "sha256", "group")  # group: the sha256 that the split comes from


def split_of(sha256: str, params: PrepareParams) -> str:
    """The split of a group of photos, from its representative's sha256.

    By the first 32 bits: the lowest are test, then validation, then train. Most groups are one photo, which stays in
    its split whatever else is added, renamed or moved. A photo of which a copy is added changes its split only if the
    copy stands for the group (see model.prepare.duplicates.rank): if it is larger, or as large with a lower hash.
    """
    position = int(sha256[:8], 16) / 2**32
    if position < params.test:
        return "test"
    return "validation" if position < params.test + params.validation else "train"


def read_manifest(prepared: Path, split: str) -> list[dict[str, str]]:
    """The manifest's rows of one split, as MANIFEST_COLUMNS says; names of files are escaped (model.prepare.names).

    Raises:
        Mistake: there is no manifest.
    """
    try:
        with (prepared / MANIFEST).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["split"] == split]
    except OSError:
        raise Mistake(f"{prepared} has no prepared photos: run python -m model.prepare first") from None
