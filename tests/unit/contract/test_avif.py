"""AVIF, as browsers make it."""

import numpy as np
import pytest
from PIL import Image

from model.contract.errors import BadImage
from model.contract.heif import is_avif
from model.contract.preprocess import preprocess, read_photo
from tests.unit.photos import encoded, landscape, quadrants

SIZE = 128
DAMAGED = "damaged or cut short"


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize(("width", "height"), [(90, 60), (641, 479), (1600, 1200)])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4", "4:0:0"])
def test_the_same_picture_as_its_jpeg(width: int, height: int, subsampling: str) -> None:
    image = landscape(width, height)
    jpeg = encoded(image.convert("L") if subsampling == "4:0:0" else image, quality=90)
    pixels, stored = read_photo(encoded(image, "AVIF", quality=90, subsampling=subsampling), SIZE)
    assert stored == (width, height)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert pixels.dtype == np.uint8
    assert difference(pixels, preprocess(jpeg, SIZE)) < 4


@pytest.mark.parametrize(("width", "height"), [(60, 40), (1600, 1200)])
def test_transparency_shows_white(width: int, height: int) -> None:
    clear = Image.new("RGBA", (width, height), (200, 0, 0, 0))
    assert preprocess(encoded(clear, "AVIF"), SIZE).min() > 245


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = preprocess(encoded(quadrants(), "PNG", exif=exif), SIZE)
    assert difference(preprocess(encoded(quadrants(), "AVIF", quality=95, exif=exif), SIZE), upright) < 6


def test_of_a_sequence_the_first_frame_is_read() -> None:
    first, second = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    data = encoded(first, "AVIF", save_all=True, append_images=[second])
    assert data[8:12] == b"avis"
    assert difference(preprocess(data, SIZE), np.full((SIZE, SIZE, 3), (255, 0, 0))) < 4


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"miaf", b"MA1B"])
def test_another_brand_with_avif_beside_it_is_avif(brand: bytes) -> None:
    data = encoded(landscape(64, 64), "AVIF")
    general = data[:8] + brand + data[12:]
    assert is_avif(general)
    assert (preprocess(general, SIZE) == preprocess(data, SIZE)).all()


def test_heic_with_avif_beside_it_is_heic() -> None:
    assert not is_avif(b"\0\0\0\x18ftypheic\0\0\0\0avifmif1")


def test_pixels_are_counted_before_they_are_decoded() -> None:
    with pytest.raises(BadImage, match="600x400 pixels, more than the limit of 200,000"):
        preprocess(encoded(landscape(600, 400), "AVIF"), SIZE, max_pixels=200_000)


@pytest.mark.parametrize("kept", [0.02, 0.2, 0.6, 0.99])
def test_cut_short(kept: float) -> None:
    data = encoded(landscape(600, 400), "AVIF")
    with pytest.raises(BadImage, match=DAMAGED):
        preprocess(data[: int(kept * len(data))], SIZE)
