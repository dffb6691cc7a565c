"""From decoded pixels to an upright square of RGB."""

from contextlib import suppress

from PIL import Image

from model.contract.decoding_memory import TILE_COLUMNS, TILE_ROWS

LARGE_PIXELS = 2**20  # above it a photo is flattened and reduced tile by tile
REDUCING_GAP = 4  # reduced to so many times the size first, a photo ends within two levels of what it would be

ORIENTATION = 0x0112  # tag of EXIF 2.32
# by its value: what turns the stored pixels upright
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_square(photo: Image.Image, size: int, is_large: bool) -> Image.Image:
    """A loaded photo as a square of RGB, `size` pixels wide, turned as its EXIF says.

    Args:
        photo: of any mode.
        size: side of the square, in pixels.
        is_large: whether the photo is stored with more than LARGE_PIXELS.
    """
    orientation = orientation_of(photo)
    if not is_large:
        return to_square(_flatten(photo), orientation, size)
    reduced, box = _reduce_to_rgb(photo, size)
    return to_square(reduced, orientation, size, box)


def orientation_of(photo: Image.Image) -> int | None:
    """What the photo's EXIF says; None where it says nothing, or is damaged."""
    with suppress(Exception):
        return photo.getexif().get(ORIENTATION)
    return None


def to_square(
    rgb: Image.Image, orientation: int | None, size: int, box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """An upright square of a photo, or of a box in it, whose stored pixels EXIF turns."""
    square = rgb.resize((size, size), Image.Resampling.BILINEAR, box)
    return square.transpose(TRANSPOSITIONS[orientation]) if orientation in TRANSPOSITIONS else square


def _reduce_to_rgb(photo: Image.Image, size: int) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """A large photo as RGB, reduced by whole factors to a few times the size; and the box in it that the photo fills.

    Flattening the whole photo would take several copies of it; a tile at a time takes several copies of a tile.
    """
    across, down = (max(1, int(side / size / REDUCING_GAP)) for side in photo.size)
    reduced = Image.new("RGB", (-(-photo.width // across), -(-photo.height // down)))
    columns, rows = across * max(1, TILE_COLUMNS // across), down * max(1, TILE_ROWS // down)
    for top in range(0, photo.height, rows):
        for left in range(0, photo.width, columns):
            box = (left, top, min(left + columns, photo.width), min(top + rows, photo.height))
            tile = _flatten(photo.crop(box)).reduce((across, down))
            reduced.paste(tile, (left // across, top // down))
    return reduced, (0, 0, photo.width / across, photo.height / down)


def _flatten(photo: Image.Image) -> Image.Image:
    """Any mode to RGB: 16-bit keeps its high byte, transparency shows white."""
    if photo.mode.startswith("I"):
        import numpy as np  # only here: the process of heif.py is spared it

        photo = Image.fromarray((np.asarray(photo, dtype=np.uint16) >> 8).astype(np.uint8))
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo.convert("RGB")
