"""Any bytes: they become a square of pixels, or are refused with one sentence."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model.contract.errors import BadImage
from model.contract.preprocess import preprocess
from tests.unit.photos import BLUE, GREEN, RED, YELLOW, encoded, landscape, plain, quadrants

SIZE = 32
# how a camera must store an upright picture so that this orientation makes it upright again (EXIF 2.32, 4.6.4 A)
STORED = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.rotate(180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.rotate(90, expand=True),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.rotate(-90, expand=True),
}


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(value) for value in pixels[y, x]) for y in (4, -5) for x in (4, -5)]


def near(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 6) -> bool:
    return all(abs(int(a) - int(b)) <= tolerance for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_orientation_is_applied(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(STORED[orientation](quadrants()), kind, exif=exif, quality=95)
    for found, expected in zip(corners(preprocess(data, SIZE)), (RED, GREEN, BLUE, YELLOW), strict=True):
        assert near(found, expected, 25), f"{found} is not {expected}"


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0garbage" * 3, b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_damaged_exif_is_ignored(exif: bytes) -> None:
    assert near(corners(preprocess(encoded(plain(RED), exif=exif), SIZE))[0], RED)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(plain(RED)), RED),
        (encoded(plain(RED), progressive=True), RED),
        (encoded(plain((77,), mode="L")), (77, 77, 77)),
        (encoded(plain((77,), mode="L"), "PNG"), (77, 77, 77)),
        (encoded(plain((1,), mode="1"), "PNG"), (255, 255, 255)),
        (encoded(plain(GREEN), "PNG"), GREEN),
        (encoded(plain(GREEN).quantize(4), "PNG"), GREEN),
        (encoded(plain(GREEN).quantize(4), "GIF"), GREEN),
        (encoded(plain(GREEN), "BMP"), GREEN),
        (encoded(plain(GREEN), "WEBP", quality=95), GREEN),
        (encoded(plain((*BLUE, 255), mode="RGBA"), "PNG"), BLUE),
        (encoded(plain((*BLUE, 0), mode="RGBA"), "PNG"), (255, 255, 255)),
        (encoded(plain((*BLUE, 0), mode="RGBA"), "WEBP", lossless=True), (255, 255, 255)),
        (encoded(plain((0, 0), mode="LA"), "PNG"), (255, 255, 255)),
        (encoded(plain((0xABCD,), mode="I;16"), "PNG"), (0xAB, 0xAB, 0xAB)),
        (encoded(plain((200,), mode="I;16"), "PNG"), (0, 0, 0)),
        (encoded(plain((0, 255, 255, 0), mode="CMYK"), quality=95), (255, 0, 0)),
    ],
)
def test_every_kind_of_file_becomes_rgb(data: bytes, expected: tuple[int, ...]) -> None:
    pixels = preprocess(data, SIZE)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert pixels.dtype == np.uint8
    assert all(near(corner, expected) for corner in corners(pixels)), f"{corners(pixels)} is not {expected}"


def test_a_transparent_palette_colour_shows_white() -> None:
    image = plain(GREEN).quantize(4)
    data = encoded(image, "PNG", transparency=image.getpixel((0, 0)))
    assert corners(preprocess(data, SIZE)) == [(255, 255, 255)] * 4


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_counts(kind: str) -> None:
    data = encoded(plain(RED), kind, save_all=True, append_images=[plain(BLUE), plain(GREEN)])
    assert near(corners(preprocess(data, SIZE))[0], RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (300, 1), (SIZE, SIZE), (5000, 3000)])
def test_any_size_and_aspect_ratio(width: int, height: int, kind: str) -> None:
    pixels = preprocess(encoded(plain(RED, width, height), kind), SIZE)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert near(tuple(pixels[SIZE // 2, SIZE // 2]), RED)


@pytest.mark.parametrize(("width", "height"), [(1600, 1200), (500, 374), (180, 180), (129, 700)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_decoding_at_a_smaller_scale_changes_little(width: int, height: int, options: dict[str, Any]) -> None:
    """Decoding at a smaller scale, against decoding every pixel and resizing."""
    image = landscape(width, height)
    data = encoded(image, quality=90, **options)
    reference = image.resize((128, 128), Image.Resampling.BILINEAR)
    difference = np.abs(preprocess(data, 128).astype(int) - np.asarray(reference).astype(int))
    assert difference.mean() < 3
    assert difference.max() < 24


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the image is empty"),
        (b"these are words", "not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"),
        (b"%PDF-1.7 and more", "not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"),
        (encoded(plain(), "TIFF"), "not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"),
        (encoded(landscape(300, 200))[:4000], "damaged or cut short"),
        (encoded(landscape(300, 200))[:20], "damaged or cut short"),
        (encoded(landscape(300, 200), "PNG")[:4000], "damaged or cut short"),
        (encoded(landscape(300, 200), "WEBP")[:2000], "damaged or cut short"),
        (encoded(landscape(300, 200), "GIF")[:2000], "damaged or cut short"),
    ],
)
def test_bytes_that_are_not_a_photo_are_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BadImage, match=reason):
        preprocess(data, SIZE)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(("width", "height"), [(90, 60), (1600, 1200)])
def test_a_jpeg_may_lack_its_end_marker_and_nothing_else(mode: str, progressive: bool, width: int, height: int) -> None:
    data = encoded(landscape(width, height).convert(mode), progressive=progressive)
    assert data.endswith(b"\xff\xd9")
    for missing in (1, 2):
        assert np.array_equal(preprocess(data[:-missing], SIZE), preprocess(data, SIZE))
    for missing in (3, 40, len(data) // 4):
        with pytest.raises(BadImage, match="damaged or cut short"):
            preprocess(data[:-missing], SIZE)


FILES = [encoded(landscape(60, 40), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP")]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_damaged_files_give_pixels_or_a_sentence_and_nothing_else(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 8))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    try:
        answer: object = preprocess(bytes(damaged), SIZE).shape
    except BadImage as error:
        answer = " ".join(str(error).split()[:2])
    assert answer in ((SIZE, SIZE, 3), "the image", "the bytes")
