"""Fingerprints of photos, which copies share: recompressed, resized, or saved in another format.

As a perceptual hash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions": the lowest
frequencies of the brightness), with the frequencies' values in place of their signs, so that close ones can be searched
for in a tree. Of 19,597 photos, copies are at most 6 apart (64 pixels wide, or a quarter of JPEG's quality), and of
different photos 27 pairs are less than 8 apart: so those found are compared a second time, by a thumbnail. There copies
differ by at most 0.12, and the most similar different photos by 0.43.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

SIDE = 32  # of the picture that the frequencies are computed from
THUMBNAIL = 16
FREQUENCIES = [(i, j) for i in range(6) for j in range(6) if 0 < i + j < 6]
CONTRAST = 25.0  # weight of the frequencies, which are scaled by their norm, beside the mean colour in levels
FLOOR = 8.0  # levels, added to contrasts: noise must not decide about photos that are almost of one colour
BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)

FAR = 6.0  # most between two fingerprints of one photo
DIFFERENT = 0.2  # most between its thumbnails, as a share of their contrast
SAME, SAME_LEVELS = 0.1, 32  # where only format or strong compression differ: also at each place of the thumbnails
FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 16, 1024  # that are looked at for each photo
BATCH = 4096


class Fingerprint:
    """Computes fingerprints of square images.

    Args:
        size: side of the images, in pixels.
    """

    def __init__(self, size: int):
        self.shrink = _area_weights(size)
        angles = np.pi / SIDE * np.outer(np.arange(6), np.arange(SIDE) + 0.5)
        self.cosines = (np.cos(angles) * np.where(np.arange(6) > 0, np.sqrt(2), 1)[:, None] / SIDE).astype(np.float32)
        self.chosen = tuple(np.transpose(FREQUENCIES))

    def of(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The frequencies and mean colour (float32 [23]) and the thumbnail (uint8 [16, 16, 3]) of uint8 [S, S, 3]."""
        rows = np.tensordot(self.shrink, pixels.astype(np.float32), (1, 0))
        small = np.tensordot(rows, self.shrink, (1, 1)).transpose(0, 2, 1)
        waves = self.cosines @ (small @ BRIGHTNESS) @ self.cosines.T
        values = waves[self.chosen]
        values *= CONTRAST / (np.linalg.norm(values) + FLOOR)
        thumbnail = small.reshape(THUMBNAIL, 2, THUMBNAIL, 2, 3).mean((1, 3)).round().astype(np.uint8)
        return np.concatenate([values, small.mean((0, 1))]).astype(np.float32), thumbnail


def near_pairs(prints: np.ndarray, thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of photos of which one is a copy of the other; they connect all copies of a photo, directly or by others.

    Where a photo has more copies than are looked at, one of each group that was found is searched for again.

    Args:
        prints: float32 [N, 23].
        thumbnails: uint8 [N, 16, 16, 3].

    Returns:
        Pairs of indices (int64 [P, 2]), and which of them differ only in format or compression (bool [P]).
    """
    remaining, is_open, neighbours, found = np.arange(len(prints)), np.ones(len(prints), bool), FEWEST_NEIGHBOURS, []
    while True:
        pairs, same, is_full = _search(prints[remaining], thumbnails[remaining], np.flatnonzero(is_open), neighbours)
        found.append((remaining[pairs], same))
        graph = coo_array((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(len(remaining), len(remaining)))
        groups, group_of = connected_components(graph, directed=False)
        if groups == len(remaining):
            neighbours *= 4
        if not is_full.any() or neighbours > MOST_NEIGHBOURS:
            pairs, same = (np.concatenate(parts) for parts in zip(*found, strict=True))
            return pairs, same
        is_open = np.bincount(group_of, is_full, groups) > 0
        remaining = remaining[np.unique(group_of, return_index=True)[1]]


def _search(
    prints: np.ndarray, thumbnails: np.ndarray, chosen: np.ndarray, neighbours: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs among each chosen photo and its nearest ones; and which photos may have more copies (bool [N])."""
    tree, pairs, same = KDTree(prints), [np.empty((0, 2), np.int64)], [np.empty(0, bool)]
    is_full = np.zeros(len(prints), bool)
    for batch in np.split(chosen, range(BATCH, len(chosen), BATCH)):
        nearest = range(1, min(neighbours, len(prints)) + 1)
        _, found = tree.query(prints[batch], k=nearest, distance_upper_bound=FAR)
        is_full[batch] = (found[:, -1] < len(prints)) & (neighbours < len(prints))
        place, column = np.nonzero((found < len(prints)) & (found != batch[:, None]))
        candidates = np.stack([batch[place], found[place, column]], 1)
        share, levels = _compare(thumbnails[candidates[:, 0]], thumbnails[candidates[:, 1]])
        pairs.append(candidates[share <= DIFFERENT])
        same.append(((share <= SAME) & (levels <= SAME_LEVELS))[share <= DIFFERENT])
    return np.concatenate(pairs), np.concatenate(same), is_full


def _compare(ones: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How two thumbnails differ: as a share of the contrast, and at most at one place, in levels."""
    one, other = ones.astype(np.float32), others.astype(np.float32)
    contrast = np.minimum(one.std((1, 2)).mean(1), other.std((1, 2)).mean(1)) + FLOOR
    return np.sqrt(np.square(one - other).mean((1, 2, 3))) / contrast, np.abs(one - other).max((1, 2, 3))


def _area_weights(size: int) -> np.ndarray:
    """float32 [SIDE, size]: the share of each of `size` pixels in each of SIDE pixels."""
    edges = np.linspace(0, size, SIDE + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: np.ndarray = (np.maximum(overlap, 0) * SIDE / size).astype(np.float32)
    return weights
