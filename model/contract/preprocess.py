"""From the bytes of a photo to the input of the model: the one definition, for training, evaluation and serving."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import numpy as np
import simplejpeg
from PIL import BmpImagePlugin, Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from model.contract.decoding_memory import BYTES_OF_ARRAY, TILE_BYTES, bytes_of_jpeg, bytes_of_photo
from model.contract.errors import BadImage
from model.contract.heif import Damaged, HeifPhoto, Unknown, is_heif
from model.contract.squares import LARGE_PIXELS, REDUCING_GAP, orientation_of, to_square, upright_square
from model.contract.structure import (
    DAMAGED,
    GIF,
    JPEG,
    PNG,
    check_exif,
    check_pixels,
    check_png,
    check_scans,
    gif_frame,
    jpeg_head,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 50_000_000
JPEG_FACTOR = 4  # a JPEG, which is decoded at a smaller scale, may store so many times more: phones have 200 million
RLE_FACTOR = 16  # a BMP with run lengths, which Pillow decodes in Python, may have so many times fewer
END_OF_JPEG = b"\xff\xd9"
NO_IMAGE = "the bytes are not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"
Image.MAX_IMAGE_PIXELS = None  # our limit is lower, and has one message for each format
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 2**20  # compressed texts of a PNG; Pillow's own limit is 64 MiB

Share = Callable[[int], AbstractContextManager[object]]  # gives so many bytes of memory for as long as it is entered


def preprocess(data: bytes, size: int, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Turns an encoded photo into the model's input.

    The whole photo is resized to a square, whatever its aspect ratio; nothing is cropped.

    Args:
        data: an encoded JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP; of several frames the first one, of HEIC the main one.
        size: side of the square, in pixels.
        max_pixels: photos that decode to more than this are refused before they are decoded. JPEGs are decoded at a
            smaller scale; they may store JPEG_FACTOR times as many, unless they take more memory for it.

    Returns:
        uint8 array of shape [size, size, 3], RGB, upright.

    Raises:
        TooLarge: more pixels than `max_pixels` allows, or a JPEG with too many scans for its pixels.
        BadImage: not a photo, damaged, with too much beside its pixels, or more memory than `share` gives.
    """
    return read_photo(data, size, max_pixels)[0]


def read_photo(
    data: bytes, size: int, max_pixels: int = MAX_PIXELS, share: Share = nullcontext
) -> tuple[np.ndarray, tuple[int, int]]:
    """The same as `preprocess`, and the stored width and height of the photo in pixels.

    Args:
        data: as `preprocess` takes it.
        size: as `preprocess` takes it.
        max_pixels: as `preprocess` takes it.
        share: entered around decoding, with an upper bound of the bytes that it takes; it may wait, or raise BadImage.
    """
    if not data:
        raise BadImage("the image is empty")
    if is_heif(data):
        return _read_heif(data, size, max_pixels, share)
    with _clear_errors():
        return _read_jpeg(data, size, max_pixels, share) or _read_any(data, size, max_pixels, share)


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except BadImage:
        raise
    except UnidentifiedImageError:
        raise BadImage(NO_IMAGE) from None
    except Exception:  # decoders raise many types on damaged input (OSError, SyntaxError, struct.error, …)
        raise BadImage(DAMAGED) from None


def _read_heif(data: bytes, size: int, max_pixels: int, share: Share) -> tuple[np.ndarray, tuple[int, int]]:
    try:
        with HeifPhoto(data, size) as photo:
            check_pixels(*photo.stored, max_pixels)
            with share(photo.memory):
                return photo.square(), photo.stored
    except Unknown:
        raise BadImage(NO_IMAGE) from None
    except Damaged:
        raise BadImage(DAMAGED) from None


def _read_jpeg(data: bytes, size: int, max_pixels: int, share: Share) -> tuple[np.ndarray, tuple[int, int]] | None:
    """Decodes a colour or grey JPEG at the smallest scale that libjpeg-turbo offers above `size`.

    Twice as fast as decoding every pixel. None where Pillow has to read the file: CMYK, other formats, damaged files.
    """
    if not data.startswith(JPEG):
        return None
    head = jpeg_head(data)
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    if colours in ("CMYK", "YCCK"):
        return None
    memory = bytes_of_jpeg(head, (width, height), size)
    _check_jpeg(data, (width, height), memory, max_pixels)
    with share(memory):
        try:
            pixels = _decode_jpeg(data, "RGB", size)
        except ValueError:
            return None
        orientation = None
        if b"Exif\0\0" in data:
            with suppress(Exception), Image.open(io.BytesIO(data), formats=("JPEG",)) as photo:
                orientation = orientation_of(photo)
        return np.asarray(to_square(Image.fromarray(pixels), orientation, size)), (width, height)


def _decode_jpeg(data: bytes, colours: str, size: int) -> np.ndarray:
    """A JPEG may lack its end marker, and nothing else: browsers show it. Raises ValueError for what is damaged."""
    options = {"fastdct": True, "fastupsample": True, "min_height": size, "min_width": size}
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, colours, **options))
    except ValueError as error:
        if "Premature end" not in str(error):
            raise
        return np.asarray(simplejpeg.decode_jpeg(data + END_OF_JPEG, colours, **options))


def _read_any(data: bytes, size: int, max_pixels: int, share: Share) -> tuple[np.ndarray, tuple[int, int]]:
    if data.startswith(GIF):
        check_pixels(*gif_frame(data), max_pixels)  # Pillow fills the frame when it opens the file
    if data.startswith(PNG):
        check_png(data)
    with Image.open(io.BytesIO(data), formats=FORMATS) as photo:
        stored = photo.size
        is_jpeg = isinstance(photo, JpegImagePlugin.JpegImageFile)  # of format MPO too
        if not is_jpeg:
            check_pixels(*stored, max_pixels // (RLE_FACTOR if _is_run_length(photo) else 1))
        is_large = photo.width * photo.height > LARGE_PIXELS
        if is_large:
            photo.draft(None, (REDUCING_GAP * size, REDUCING_GAP * size))  # JPEGs only
        memory = bytes_of_photo(photo, stored, data)
        if is_jpeg:
            _check_jpeg(data, stored, memory, max_pixels)
        with share(memory):
            loaded = _loaded(photo, data)  # before EXIF is read, which loads a PNG too, and whose errors are suppressed
            check_exif(len(loaded.info.get("exif", b"")))
            return np.asarray(upright_square(loaded, size, is_large)), stored


def _loaded(photo: Image.Image, data: bytes) -> Image.Image:
    """The photo with its pixels; a CMYK JPEG that lacks only its end marker gets it."""
    try:
        photo.load()
        return photo
    except OSError:
        if not isinstance(photo, JpegImagePlugin.JpegImageFile) or photo.mode != "CMYK":
            raise
    _decode_jpeg(data, "CMYK", 1)  # raises for what is damaged, where Pillow would fill the rest with grey
    size = photo.size
    photo.close()  # frees its pixels
    completed = Image.open(io.BytesIO(data + END_OF_JPEG), formats=("JPEG",))
    completed.draft(None, size)
    completed.load()
    return completed


def _check_jpeg(data: bytes, stored: tuple[int, int], memory: int, max_pixels: int) -> None:
    """Raises TooLarge for a JPEG of too many pixels or scans, or of more memory than `max_pixels` decoded ones take."""
    check_pixels(*stored, JPEG_FACTOR * max_pixels)
    if memory > max_pixels * BYTES_OF_ARRAY + TILE_BYTES:
        check_pixels(*stored, max_pixels)
    check_scans(data, stored[0] * stored[1], max_pixels)


def _is_run_length(photo: Image.Image) -> bool:
    return isinstance(photo, BmpImagePlugin.BmpImageFile) and any(tile.codec_name == "bmp_rle" for tile in photo.tile)
