"""Drawn images: bit for bit the same everywhere, by integer arithmetic only. Golden photos are made of them."""

import io

import numpy as np
from PIL import Image


def golden_image(seed: int, size: int) -> np.ndarray:
    """Draws blobs of colour: uint8 [size, size, 3], the same for the same seed on every machine."""
    random = _Congruential(seed)
    rows, columns = np.ogrid[:size, :size]
    image = np.empty((size, size, 3), dtype=np.int64)
    image[:] = [random.below(256) for _ in range(3)]
    for _ in range(12):
        row, column, radius = random.below(size), random.below(size), size // 16 + random.below(size // 3)
        colour = np.array([random.below(256) for _ in range(3)])
        stretch = 1 + random.below(4)
        distance = stretch * (rows - row) ** 2 + (columns - column) ** 2
        weight = np.maximum(radius**2 - distance, 0)[..., None]  # 0 at the rim, radius² in the middle
        image += weight * (colour - image) // radius**2
    return image.astype(np.uint8)


def golden_png(seed: int, size: int) -> bytes:
    """The same as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(golden_image(seed, size)).save(file, "PNG")
    return file.getvalue()


class _Congruential:
    """Linear congruential generator with the constants of Knuth's MMIX; numpy's may change between releases."""

    def __init__(self, seed: int):
        self.state = seed
        for _ in range(4):  # else close seeds would draw similar images
            self.below(2)

    def below(self, limit: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit
