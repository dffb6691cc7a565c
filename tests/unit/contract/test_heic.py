"""HEIC, as phones make it."""

import io

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import BadImage
from model.contract.preprocess import preprocess, read_photo
from tests.unit.photos import encoded, landscape, quadrants

pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed: hack/install")
pytest.importorskip("pi_heif", reason="pi-heif is not installed: hack/install")

SIZE = 128


def heic(image: Image.Image, quality: int = 90, **options: object) -> bytes:
    file = io.BytesIO()
    heif = pillow_heif.from_pillow(image)
    heif.save(file, quality=quality, **options)
    return file.getvalue()


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize(("width", "height"), [(90, 60), (641, 479), (1600, 1200)])
@pytest.mark.parametrize("chroma", [420, 444])
def test_the_same_picture_as_its_jpeg(width: int, height: int, chroma: int) -> None:
    image = landscape(width, height)
    pixels, stored = read_photo(heic(image, chroma=chroma), SIZE)
    assert stored == (width, height)
    assert difference(pixels, preprocess(encoded(image, quality=90), SIZE)) < 4


def test_ten_bits_are_read() -> None:
    image = landscape(300, 200)
    deep = np.asarray(image).astype(np.uint16) * 257
    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", image.size, deep.tobytes()).save(file, quality=90)
    assert difference(preprocess(file.getvalue(), SIZE), preprocess(encoded(image, "PNG"), SIZE)) < 4


def test_transparency_shows_white() -> None:
    clear = Image.new("RGBA", (60, 40), (200, 0, 0, 0))
    assert preprocess(heic(clear), SIZE).min() > 245


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation: int) -> None:
    """A turn in the file's properties, which a decoder applies, and its EXIF, which must not be applied again."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = quadrants()
    upright = preprocess(encoded(image, "PNG", exif=exif), SIZE)
    turned = pillow_heif.from_pillow(image)
    turned.info["exif"] = exif.tobytes()
    file = io.BytesIO()
    turned.save(file, quality=95)
    assert difference(preprocess(file.getvalue(), SIZE), upright) < 6


def test_pixels_are_counted_before_they_are_decoded() -> None:
    with pytest.raises(BadImage, match="600x400 pixels, more than the limit of 200,000"):
        preprocess(heic(landscape(600, 400)), SIZE, max_pixels=200_000)


def test_a_head_that_names_fewer_pixels_is_refused() -> None:
    data = heic(landscape(1024, 768))
    lie = data.replace((1024).to_bytes(4) + (768).to_bytes(4), (64).to_bytes(4) + (48).to_bytes(4))
    assert lie != data
    with pytest.raises(BadImage, match="damaged or cut short"):
        preprocess(lie, SIZE)


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.99])
def test_cut_short(kept: float) -> None:
    data = heic(landscape(600, 400))
    with pytest.raises(BadImage, match=r"damaged or cut short|not a JPEG"):
        preprocess(data[: int(kept * len(data))], SIZE)


def test_a_film_is_no_photo() -> None:
    with pytest.raises(BadImage, match="the bytes are not a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP image"):
        preprocess(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(1000), SIZE)
