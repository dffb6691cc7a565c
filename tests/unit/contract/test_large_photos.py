"""Large photos: the same pixels as when they are flattened whole, in the memory that was asked for."""

import json
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image

from model.contract.preprocess import preprocess, read_photo
from tests.unit.large_photos import KINDS, large_photo
from tests.unit.photos import encoded, landscape

SIZE = 128
SPARE_BYTES = 12 * 2**20  # of the interpreter, and of Pillow's smallest blocks


def flattened(image: Image.Image) -> Image.Image:
    """The whole image, transparency over white."""
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba).convert("RGB")


@pytest.mark.parametrize(("width", "height"), [(1300, 850), (500, 2200), (18_000, 60)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P"])
def test_reducing_in_tiles_changes_little(width: int, height: int, mode: str) -> None:
    image = landscape(width, height)
    if mode in ("RGBA", "LA"):
        image.putalpha(image.getchannel(1))
    image = image.quantize(64) if mode == "P" else image.convert(mode)
    expected = np.asarray(flattened(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR)).astype(int)
    difference = np.abs(preprocess(encoded(image, "PNG"), SIZE).astype(int) - expected)
    assert difference.max() <= 3
    assert difference.mean() < 0.5


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_small_photos_are_flattened_whole(mode: str) -> None:
    image = landscape(1000, 1000)
    image.putalpha(image.getchannel(1))
    image = image.convert("RGB").quantize(64) if mode == "P" else image.convert(mode)
    expected = np.asarray(flattened(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(preprocess(encoded(image, "PNG"), SIZE), expected)


@pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc")
def test_decoding_takes_no_more_than_it_asks_for() -> None:
    """In a process of its own, for its peak of memory, and gives it back."""
    run = subprocess.run([sys.executable, "-m", "tests.unit.large_photos"], capture_output=True, text=True, check=True)
    measured = json.loads(run.stdout)
    assert set(measured) == set(KINDS)
    for kind, (asked, peak, after) in measured.items():
        assert peak <= asked + SPARE_BYTES, f"{kind} took {peak:,} bytes and asked for {asked:,}"
        assert after <= 2 * SPARE_BYTES, f"{kind} left {after:,} bytes"


@pytest.mark.parametrize("kind", KINDS)
def test_each_photo_asks_once(kind: str) -> None:
    asked: list[int] = []

    def share(size: int) -> "nullcontext[None]":
        asked.append(size)
        return nullcontext()

    read_photo(large_photo(kind), SIZE, share=share)
    assert len(asked) == 1
    assert asked[0] > 0
