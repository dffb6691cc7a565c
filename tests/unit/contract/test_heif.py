"""The process that decodes HEIC and AVIF: its bounds of memory and processor time, and its failures."""

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model.contract import heif
from model.contract.errors import BadImage
from model.contract.heif import HeifPhoto
from model.contract.preprocess import preprocess
from tests.unit.layered_avif import layered_avif
from tests.unit.overlaid_heic import overlaid_heic
from tests.unit.photos import encoded, landscape

pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed: hack/install")
pillow_heif.register_heif_opener()

SIZE = 128
DAMAGED = "the image is damaged or cut short"
FULL_COLOUR: dict[str, dict[str, Any]] = {"AVIF": {"subsampling": "4:4:4", "speed": 10}, "HEIF": {"chroma": 444}}
PEAK = """
import resource, sys
from pathlib import Path
from model.contract.errors import BadImage
from model.contract.preprocess import preprocess
try:
    preprocess(Path(sys.argv[1]).read_bytes(), 128)
except BadImage as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS bounds no process's memory")


def peak(data: bytes, folder: Path) -> tuple[int, list[str]]:
    """The bytes that the process took, and what it was refused for."""
    (folder / "photo").write_bytes(data)
    command = [sys.executable, "-c", PEAK, str(folder / "photo")]
    done = subprocess.run(command, cwd=heif.ROOT, check=True, capture_output=True, text=True)
    *refusal, taken = done.stdout.splitlines()
    return int(taken), refusal


def children_seconds() -> float:
    """The processor time of processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


@linux_only
@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_decoding_takes_no_more_memory_than_said(kind: str, mode: str, tmp_path: Path) -> None:
    image = landscape(100, 75).resize((4000, 3000)).convert(mode)
    image.putpixel((0, 0), (0, 0, 0, 0)[: len(mode)])  # else an opaque photo has no transparency
    data = encoded(image, kind, quality=50, **FULL_COLOUR[kind])
    with HeifPhoto(data, SIZE) as photo:
        said = photo.memory
    taken, refusal = peak(data, tmp_path)
    assert not refusal
    assert taken < said


@linux_only
def test_a_head_that_names_fewer_pixels_is_refused_in_the_memory_of_these(tmp_path: Path) -> None:
    data = encoded(landscape(100, 75).resize((6000, 4500)), "AVIF", quality=50, speed=10)
    said = (6000).to_bytes(4) + (4500).to_bytes(4)  # the property `ispe`
    assert data.count(said) == 1
    taken, refusal = peak(data.replace(said, (80).to_bytes(4) + (80).to_bytes(4)), tmp_path)
    assert refusal == [DAMAGED]
    assert taken < 64 * 2**20


@linux_only
def test_a_photo_of_larger_ones_is_refused_in_its_own_memory(tmp_path: Path) -> None:
    taken, refusal = peak(overlaid_heic(4096, 64, 1), tmp_path)
    assert refusal == [DAMAGED]
    assert taken < 80 * 2**20
    assert peak(overlaid_heic(64, 64, 3), tmp_path)[1] == []


@pytest.mark.parametrize("data", [layered_avif(2000, 1500, 200), overlaid_heic(1024, 1024, 800)], ids=["AVIF", "HEIC"])
def test_a_photo_that_takes_long_ends_soon(data: bytes) -> None:
    """A small file may have thousands of pictures to decode for one; that takes processor time, and little memory."""
    assert len(data) < 2**20
    before = children_seconds()
    with pytest.raises(BadImage, match=DAMAGED):
        preprocess(data, SIZE)
    assert 1 < children_seconds() - before < 5


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow reads what it writes
@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_warnings_about_a_photo_hold_up_nothing(kind: str) -> None:
    """Pillow writes one for each of these fields of EXIF, and a pipe that nobody reads takes 64 KiB of them."""
    fields = b"".join(struct.pack("<HHII", tag, 7, 2**24 - 1, 8) for tag in range(2000))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2000) + fields + bytes(4)
    data = encoded(landscape(64, 64), kind, exif=exif)
    assert preprocess(data, SIZE).shape == (SIZE, SIZE, 3)


def test_a_process_that_cannot_decode_at_all_is_no_fault_of_the_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heif, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    with pytest.raises(RuntimeError, match=r"the process that decodes HEIC and AVIF failed: .*No module named 'model'"):
        preprocess(encoded(landscape(60, 40), "AVIF"), SIZE)
