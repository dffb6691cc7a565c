"""Copies of photos: identical ones are dropped, near ones are put into one group, which is never split."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from model.prepare.fingerprints import near_pairs
from model.prepare.photos import Collection, Photo
from model.prepare.walk import Skipped

DUPLICATE, IN_TWO_CLASSES = "duplicate", "in two classes"


class Groups(NamedTuple):
    """Photos with the representatives of their groups, and what was dropped."""

    photos: list[tuple[Photo, Photo]]
    dropped: list[Skipped]


def rank(photo: Photo) -> tuple[int, str, str, str]:
    """The first by this order stands for its copies.

    The largest one is first, because copies are rarely larger. Then the end of the hash decides: its beginning decides
    about the split, and groups must not have other shares of the splits than single photos.
    """
    return -photo.area, photo.sha256[32:], photo.sha256, photo.file


def without_duplicates(collection: Collection) -> Groups:
    """Drops photos with the same pixels but one, in whatever format, and groups near-duplicates.

    Photos that are in two classes, with the same pixels or other only by format or compression, are dropped from both,
    with all of their group: nobody can say which class is right.
    """
    photos, dropped = _without_identical(collection.photos)
    if not photos:
        return Groups([], dropped)
    rows = [photo.row for photo in photos]
    prints, thumbnails = (
        np.stack([table[row] for row in rows]) for table in (collection.prints, collection.thumbnails)
    )
    pairs, same = near_pairs(prints, thumbnails)
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(photos), len(photos)))
    _, group_of = connected_components(graph, directed=False)
    members: dict[int, list[Photo]] = defaultdict(list)
    for photo, group in zip(photos, group_of, strict=True):
        members[group].append(photo)
    doubtful = {group_of[one] for one, other in pairs[same] if photos[one].label != photos[other].label}
    for group in sorted(doubtful):
        dropped += _in_two_classes(members.pop(group))
    return Groups([(photo, min(group, key=rank)) for group in members.values() for photo in group], dropped)


def _without_identical(photos: Sequence[Photo]) -> tuple[list[Photo], list[Skipped]]:
    """The photos without those that have the same pixels as another one of their class."""
    kept: dict[tuple[bytes, str], Photo] = {}
    dropped = []
    for photo in sorted(photos, key=rank):
        first = kept.setdefault((photo.pixels, photo.label), photo)
        if first is not photo:
            dropped.append(Skipped(photo.path, DUPLICATE, f"the same pixels as {first.file}"))
    return list(kept.values()), dropped


def _in_two_classes(photos: Sequence[Photo]) -> list[Skipped]:
    dropped = []
    for photo in photos:
        other = next(other for other in photos if other.label != photo.label)
        dropped.append(Skipped(photo.path, IN_TWO_CLASSES, f"the same photo as {other.file}"))
    return dropped
