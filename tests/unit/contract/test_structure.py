"""Small files that would ask a decoder for seconds, gigabytes, or memory that is not theirs."""

import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from model.contract.errors import BadImage, TooLarge
from model.contract.preprocess import preprocess, read_photo
from model.contract.structure import MAX_SEGMENTS, MAX_TEXTS, JpegHead, jpeg_head
from tests.unit.photos import encoded, jpeg_segment, noting, plain, png_chunk

SIZE = 128
JPEG, PNG = encoded(plain()), encoded(plain(), "PNG")
LENGTH_OF_PNG_HEAD = 33


def with_chunks(count: int, kind: bytes, content: bytes) -> bytes:
    return PNG[:LENGTH_OF_PNG_HEAD] + png_chunk(kind, content) * count + PNG[LENGTH_OF_PNG_HEAD:]


def lossless_jpeg(side: int, colours: int) -> bytes:
    """A JPEG whose decoder takes no smaller scale (ITU T.81, annex H)."""
    of_frame = b"".join(bytes([i, 0x11, 0]) for i in range(1, colours + 1))
    of_scan = b"".join(bytes([i, 0]) for i in range(1, colours + 1))
    frame = jpeg_segment(0xC3, struct.pack(">BHHB", 8, side, side, colours) + of_frame)
    codes = jpeg_segment(0xC4, bytes([0, 1]) + bytes(16))
    scan = jpeg_segment(0xDA, bytes([colours]) + of_scan + bytes([1, 0, 0]))
    return b"\xff\xd8" + frame + codes + scan + bytes(side * side * colours // 8 + 1) + b"\xff\xd9"


@pytest.mark.parametrize(("side", "colours"), [(300, 1), (300, 3), (2000, 4)])
@pytest.mark.parametrize("filling", [b"", b"\xff\xff", b"\0\1\2", b"\xff\x00\xff\xd0"])
def test_lossless_jpegs_are_refused(side: int, colours: int, filling: bytes) -> None:
    """simplejpeg would write their pixels beyond its own: of two that it was given, both ended the process."""
    data = lossless_jpeg(side, colours)
    with pytest.raises(BadImage, match="the image is a lossless or hierarchical JPEG: send an ordinary one"):
        preprocess(data[:2] + filling + data[2:], SIZE)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_what_is_read_of_a_jpeg(options: dict[str, Any]) -> None:
    data = encoded(plain(), **options)
    head = jpeg_head(data)
    assert head == JpegHead(0xC2 if "progressive" in options else 0xC0, 3, 3)
    place = data.index(b"\xff\xc2" if "progressive" in options else b"\xff\xc0")
    fake = jpeg_segment(0xFE, jpeg_segment(0xC0, bytes(15)) + jpeg_segment(0xDA, bytes([0])))
    assert jpeg_head(data[:place] + fake + b"\xff\xff" + data[place:]) == head


def test_a_jpeg_has_few_segments_and_little_exif() -> None:
    """Pillow joins segments of EXIF one by one, which took minutes."""
    comments = jpeg_segment(0xFE, b"words") * (MAX_SEGMENTS // 2)
    assert preprocess(JPEG[:2] + comments + JPEG[2:], SIZE).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadImage, match="more than 256 segments before its first scan"):
        preprocess(JPEG[:2] + comments * 2 + JPEG[2:], SIZE)
    exif = jpeg_segment(0xE1, b"Exif\0\0" + bytes(60_000))
    assert preprocess(JPEG[:2] + exif * 2 + JPEG[2:], SIZE).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadImage, match="more than 131,072 bytes of EXIF"):
        preprocess(JPEG[:2] + exif * 3 + JPEG[2:], SIZE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_have_little_exif(kind: str) -> None:
    assert preprocess(encoded(plain(), kind, exif=b"Exif\0\0" + bytes(100_000)), SIZE).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadImage, match="more than 131,072 bytes of EXIF"):
        preprocess(encoded(plain(), kind, exif=b"Exif\0\0" + bytes(200_000)), SIZE)


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_png_has_few_compressed_texts(kind: bytes) -> None:
    """Pillow's limit does not count all of them: 10 MB of profiles took 22 seconds."""
    content = b"x\0\0" + zlib.compress(bytes(2**20), 9)
    with pytest.raises(BadImage, match="more than 64 texts and profiles"):
        preprocess(with_chunks(MAX_TEXTS + 1, kind, content), SIZE)
    assert preprocess(with_chunks(MAX_TEXTS, b"iCCP", content), SIZE).shape == (SIZE, SIZE, 3)


def test_the_first_frame_of_a_gif_counts() -> None:
    """Pillow fills it when it opens the file: 37 bytes took 3.4 GB."""
    clears = b"!\xf9\x04\x08\0\0\0\0"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x4c\x01\0;"
    with pytest.raises(TooLarge, match="60000x60000 pixels"):
        preprocess(b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + clears + frame, SIZE)
    gif = encoded(plain(), "GIF", comment=b"words")
    assert preprocess(gif, SIZE).shape == (SIZE, SIZE, 3)
    place = gif.index(b"!")
    with pytest.raises(BadImage, match="damaged or cut short"):
        preprocess(gif[:place] + b"!\xfe\x01x\0" * 2**18 + gif[place:], SIZE)


def test_a_photo_is_not_very_long() -> None:
    """Pillow keeps pointers and padding for each row."""
    assert preprocess(encoded(Image.new("L", (1, 65_535)), "PNG"), SIZE).shape == (SIZE, SIZE, 3)
    for size in ((1, 65_536), (65_536, 1)):
        with pytest.raises(TooLarge, match="more than the limit of 65,535 for a side"):
            preprocess(encoded(Image.new("L", size), "PNG"), SIZE)


def test_a_bmp_with_run_lengths_has_few_pixels() -> None:
    """Pillow decodes run lengths in Python: 1,082 bytes took 5 seconds."""

    def bmp(side: int) -> bytes:
        palette = bytes(1024)
        head = struct.pack("<IIIIiiHHIIiiII", 0, 0, 54 + len(palette), 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0)
        return b"BM" + head + palette + b"\1\0\0\0" * side + b"\0\1"

    assert preprocess(bmp(64), SIZE).shape == (SIZE, SIZE, 3)
    with pytest.raises(TooLarge, match="2000x2000 pixels, more than the limit of 3,125,000"):
        preprocess(bmp(2000), SIZE)


def asked_for(data: bytes) -> int:
    """The bytes that decoding is said to take."""
    asked: list[int] = []
    read_photo(data, SIZE, share=noting(asked))
    return asked[0]


def test_a_jpeg_of_several_pictures_counts_as_one() -> None:
    """Pillow has another name for the format then."""
    jpeg = encoded(plain((1, 2, 3, 4), 1000, 1000, "CMYK"), progressive=True)
    entries = struct.pack("<IIIHH", 0x030000, 1000, 0, 0, 0) + struct.pack("<IIIHH", 0, 1000, 0, 0, 0)
    tags = ((0xB000, 7, 4, b"0100"), (0xB001, 4, 1, bytes([2, 0, 0, 0])), (0xB002, 7, 32, bytes([50, 0, 0, 0])))
    directory = struct.pack("<H", 3) + b"".join(struct.pack("<HHI4s", *tag) for tag in tags) + bytes(4)
    several = jpeg[:2] + jpeg_segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + directory + entries) + jpeg[2:]
    assert asked_for(several) == asked_for(jpeg) > 8 * 1000 * 1000


def test_the_codes_of_a_lossless_webp_count() -> None:
    """A file may name 65,536 groups of them, which take more than its pixels."""
    lossy, lossless = (encoded(plain(), "WEBP", lossless=lossless) for lossless in (False, True))
    assert asked_for(lossless) - asked_for(lossy) == 1400 * len(lossless)
