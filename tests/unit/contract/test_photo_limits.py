"""How large a photo may be."""

import struct
import zlib
from collections.abc import Callable

import pytest

from model.contract.errors import BadImage, TooLarge
from model.contract.preprocess import preprocess, read_photo
from tests.unit.contract.test_preprocess import SIZE, corners, near
from tests.unit.photos import RED, encoded, noting, plain, png_chunk, with_scans


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels and whose data is a few bytes."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"\0")) + png_chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG with the size in its frame header (SOF0: marker, length, precision, height, width) replaced."""
    data = encoded(plain())
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def cmyk_claiming(width: int, height: int) -> bytes:
    """The same in CMYK, which Pillow reads."""
    data = encoded(plain((9, 9, 9, 9), mode="CMYK"))
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


@pytest.mark.parametrize(
    ("bomb", "limit"), [(png_claiming, "50,000,000"), (jpeg_claiming, "200,000,000"), (cmyk_claiming, "200,000,000")]
)
@pytest.mark.parametrize(("width", "height"), [(20_001, 10_000), (60_000, 60_000)])
def test_bombs_are_refused_before_they_are_decoded(
    bomb: Callable[[int, int], bytes], limit: str, width: int, height: int
) -> None:
    with pytest.raises(BadImage, match=f"has {width}x{height} pixels, more than the limit of {limit}"):
        preprocess(bomb(width, height), SIZE)


@pytest.mark.parametrize(("width", "height"), [(8160, 6144), (16_320, 12_240)])
def test_photos_of_phones_are_decoded_at_a_smaller_scale(width: int, height: int) -> None:
    asked: list[int] = []
    pixels, stored = read_photo(encoded(plain(RED, width, height)), 128, share=noting(asked))
    assert stored == (width, height)
    assert near(corners(pixels)[0], RED)
    assert asked[0] < 32 * 2**20


def test_a_progressive_jpeg_counts_with_its_coefficients() -> None:
    """libjpeg keeps all of them, at whatever scale it decodes."""
    assert preprocess(encoded(plain(RED, 8160, 6144), progressive=True), SIZE).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadImage, match="has 9000x9000 pixels, more than the limit of 50,000,000"):
        preprocess(encoded(plain(RED, 9000, 9000), progressive=True), SIZE)


def test_the_limit_of_pixels_can_be_lowered() -> None:
    with pytest.raises(BadImage, match="40x30 pixels, more than the limit of 1,199"):
        preprocess(encoded(plain(), "PNG"), SIZE, max_pixels=1199)
    assert preprocess(encoded(plain(), "PNG"), SIZE, max_pixels=1200).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadImage, match="40x30 pixels, more than the limit of 1,196"):
        preprocess(encoded(plain()), SIZE, max_pixels=299)
    assert preprocess(encoded(plain()), SIZE, max_pixels=300).shape == (SIZE, SIZE, 3)


def test_a_jpeg_has_few_scans_or_few_pixels() -> None:
    """Each scan goes over the whole photo, and takes 20 bytes of the file: 73 kB took 15 seconds."""
    large = plain(width=4000, height=3000, mode="L", colour=(128,))
    with pytest.raises(TooLarge, match="has 1,006 scans, more than the limit of 133 for its pixels"):
        preprocess(with_scans(large, 1000), SIZE)
    with pytest.raises(TooLarge, match=r"has 1,0\d\d scans, more than the limit of 133 for its pixels"):
        preprocess(with_scans(plain((1, 2, 3, 4), 4000, 3000, "CMYK"), 1000), SIZE)
    assert preprocess(with_scans(large, 100), SIZE).shape == (SIZE, SIZE, 3)
    assert preprocess(with_scans(plain(), 1000), SIZE).shape == (SIZE, SIZE, 3)
