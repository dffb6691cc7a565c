"""AVIF, which a process of its own decodes, in bounded memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.contract import avif
from model.contract.avif import AvifPhoto, is_avif
from model.contract.preprocess import BadImage, preprocess, read_photo
from tests.unit.layered_avif import layered_avif
from tests.unit.photos import encoded, landscape, quadrants

SIZE = 128
DAMAGED = "damaged or cut short"


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def with_head(data: bytes, stored: tuple[int, int], said: tuple[int, int]) -> bytes:
    """An AVIF file whose head names another size."""
    (width, height), (other_width, other_height) = stored, said
    lie = data.replace(
        width.to_bytes(4) + height.to_bytes(4), other_width.to_bytes(4) + other_height.to_bytes(4)
    )  # the property `ispe`
    assert lie != data
    return lie


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


def test_thousands_of_layers_end_soon() -> None:
    """A file may have many frames to decode for one photo; that takes processor time, and little memory."""
    data = layered_avif(2000, 1500, 200)
    assert len(data) < 2**20
    before = children_seconds()
    with pytest.raises(BadImage, match=DAMAGED):
        preprocess(data, SIZE)
    assert 1 < children_seconds() - before < 5


def children_seconds() -> float:
    """The processor time of processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def test_pixels_are_counted_before_they_are_decoded() -> None:
    with pytest.raises(BadImage, match="600x400 pixels, more than the limit of 200,000"):
        preprocess(encoded(landscape(600, 400), "AVIF"), SIZE, max_pixels=200_000)


@pytest.mark.parametrize("kept", [0.02, 0.2, 0.6, 0.99])
def test_cut_short(kept: float) -> None:
    data = encoded(landscape(600, 400), "AVIF")
    with pytest.raises(BadImage, match=DAMAGED):
        preprocess(data[: int(kept * len(data))], SIZE)


def test_a_process_that_cannot_decode_at_all_is_no_fault_of_the_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avif, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    with pytest.raises(RuntimeError, match=r"the process that decodes AVIF failed: .*No module named 'model'"):
        preprocess(encoded(landscape(60, 40), "AVIF"), SIZE)


PEAK = """
import resource, sys
from pathlib import Path
from model.contract.preprocess import BadImage, preprocess
try:
    preprocess(Path(sys.argv[1]).read_bytes(), 128)
except BadImage as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def peak(data: bytes, folder: Path) -> tuple[int, list[str]]:
    """The bytes that the process took, and what it was refused for."""
    (folder / "photo").write_bytes(data)
    command = [sys.executable, "-c", PEAK, str(folder / "photo")]
    done = subprocess.run(command, cwd=avif.ROOT, check=True, capture_output=True, text=True)
    *refusal, taken = done.stdout.splitlines()
    return int(taken), refusal


linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS bounds no process's memory")


@linux_only
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_decoding_takes_no_more_memory_than_said(mode: str, tmp_path: Path) -> None:
    image = landscape(100, 75).resize((4000, 3000)).convert(mode)
    image.putpixel((0, 0), (0, 0, 0, 0)[: len(mode)])  # else an opaque photo has no transparency
    data = encoded(image, "AVIF", quality=50, subsampling="4:4:4", speed=10)
    with AvifPhoto(data, SIZE) as photo:
        said = photo.memory
    taken, refusal = peak(data, tmp_path)
    assert not refusal
    assert taken < said


@linux_only
def test_a_head_that_names_fewer_pixels_is_refused_in_the_memory_of_these(tmp_path: Path) -> None:
    data = encoded(landscape(100, 75).resize((6000, 4500)), "AVIF", quality=50, speed=10)
    taken, refusal = peak(with_head(data, (6000, 4500), (80, 80)), tmp_path)
    assert refusal == ["the image is damaged or cut short"]
    assert taken < 64 * 2**20
