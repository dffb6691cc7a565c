"""Photos to send."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

PHOTO_COUNT = 40


def draw_photos() -> list[bytes]:
    """JPEGs of 500x375 pixels and about 50 KB: noise, blurred until it compresses as photos do."""
    photos = []
    for seed in range(PHOTO_COUNT):
        noise = np.random.default_rng(seed).integers(0, 256, (375, 500, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).filter(ImageFilter.GaussianBlur(0.9)).save(file, "JPEG", quality=74)
        photos.append(file.getvalue())
    return photos


def read_photos(folder: Path) -> list[bytes]:
    """The photos of a folder that are nearest to 50 KB."""
    files = [path.read_bytes() for path in folder.rglob("*.jp*g")]
    if not files:
        sys.exit(f"error: {folder} has no .jpg files")
    return sorted(files, key=lambda data: abs(len(data) - 50_000))[:PHOTO_COUNT]
