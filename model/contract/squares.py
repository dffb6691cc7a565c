"""From decoded pixels to an upright square of RGB."""

import numpy as np
from PIL import Image

from model.contract.decoding_memory import TILE_COLUMNS, TILE_ROWS

REDUCING_GAP = 4  # reduced to so many times the size first, a photo ends within two levels of what it would be

# by EXIF's orientation (2.32, tag 0x0112): what turns the stored pixels upright
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def reduce_to_rgb(photo: Image.Image, size: int) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """A large photo as RGB, reduced by whole factors to a few times the size; and the box in it that the photo fills.

    Flattening the whole photo would take several copies of it; a tile at a time takes several copies of a tile.
    """
    across, down = (max(1, int(side / size / REDUCING_GAP)) for side in photo.size)
    reduced = Image.new("RGB", (-(-photo.width // across), -(-photo.height // down)))
    columns, rows = across * max(1, TILE_COLUMNS // across), down * max(1, TILE_ROWS // down)
    for top in range(0, photo.height, rows):
        for left in range(0, photo.width, columns):
            box = (left, top, min(left + columns, photo.width), min(top + rows, photo.height))
            tile = flatten(photo.crop(box)).reduce((across, down))
            reduced.paste(tile, (left // across, top // down))
    return reduced, (0, 0, photo.width / across, photo.height / down)


def to_square(
    rgb: Image.Image, orientation: int | None, size: int, box: tuple[float, float, float, float] | None = None
) -> np.ndarray:
    """An upright square, uint8 [size, size, 3], of a photo, or of a box in it, whose stored pixels EXIF turns."""
    square = rgb.resize((size, size), Image.Resampling.BILINEAR, box)
    if orientation in TRANSPOSITIONS:
        square = square.transpose(TRANSPOSITIONS[orientation])
    return np.asarray(square)


def flatten(photo: Image.Image) -> Image.Image:
    """Any mode to RGB: 16-bit keeps its high byte, transparency shows white."""
    if photo.mode.startswith("I"):
        photo = Image.fromarray((np.asarray(photo, dtype=np.uint16) >> 8).astype(np.uint8))
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo.convert("RGB")
