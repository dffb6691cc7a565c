"""What the structure of a file asks of a decoder, which is looked at before the decoder sees the file.

Decoders bound a photo by its pixels, and do not bound what else a file of 10 MB can ask them for; each figure here
stands for a file that took seconds, gigabytes, or the process.
"""

import re
from dataclasses import dataclass

from model.contract.errors import BadImage, TooLarge

JPEG, PNG, GIF = b"\xff\xd8", b"\x89PNG", b"GIF8"  # how their files start

DAMAGED = "the image is damaged or cut short"
MAX_SIDE = 65_535  # as most formats have it; Pillow keeps pointers and padding for each row
MAX_SCANS = 32  # of a JPEG of `max_pixels`; of half as many, twice: a scan of 20 bytes goes over the whole photo
MAX_SEGMENTS = 256  # of a JPEG before its first scan; metadata of 10 MB takes 160
MAX_EXIF_BYTES = 2**17  # one segment of a JPEG takes 2**16
MAX_TEXTS = 64  # compressed texts and profiles of a PNG
MAX_GIF_HEAD = 2**20  # bytes before the first frame of a GIF

# markers of JPEG (ITU T.81, table B.1)
START_OF_IMAGE, START_OF_SCAN, END_OF_IMAGE, EXIF_SEGMENT = 0xD8, 0xDA, 0xD9, 0xE1
MARKER = re.compile(rb"\xff+([^\xff])")  # there may be fill bytes before it
WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xD8)}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# baseline, extended and progressive, each with Huffman or arithmetic coding: of lossless ones libjpeg-turbo makes no
# smaller copy, and simplejpeg would write the large one beyond the memory that it has for the small one
KNOWN_FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}


@dataclass(frozen=True)
class JpegHead:
    """The first frame of a JPEG, and how many colours it and its first scan have."""

    frame: int
    colours: int
    colours_of_scan: int


def jpeg_head(data: bytes) -> JpegHead:
    """Reads a JPEG up to its first scan, as libjpeg does.

    Raises:
        BadImage: it has no scan, is of a rare kind, or asks for too much.
    """
    place, exif_bytes, frame, colours = 2, 0, 0, 0
    for _ in range(MAX_SEGMENTS):
        found = MARKER.search(data, place)
        if not found or found[1][0] in (START_OF_IMAGE, END_OF_IMAGE):
            raise BadImage(DAMAGED)
        marker, place = found[1][0], found.end()
        if marker in WITHOUT_LENGTH:
            continue
        content, length = place + 2, int.from_bytes(data[place : place + 2])
        if marker == START_OF_SCAN:
            return JpegHead(frame, colours, int.from_bytes(data[content : content + 1]))
        if marker in FRAMES:
            frame, colours = marker, int.from_bytes(data[content + 5 : content + 6])
            if frame not in KNOWN_FRAMES:
                raise BadImage("the image is a lossless or hierarchical JPEG: send an ordinary one")
        if marker == EXIF_SEGMENT and data.startswith(b"Exif\0", content):
            exif_bytes += length
            check_exif(exif_bytes)
        place += length
    raise BadImage(f"the image has more than {MAX_SEGMENTS} segments before its first scan")


def check_exif(size: int) -> None:
    """Raises BadImage for EXIF of too many bytes, whose values Pillow makes numbers of."""
    if size > MAX_EXIF_BYTES:
        raise BadImage(f"the image has more than {MAX_EXIF_BYTES:,} bytes of EXIF")


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raises TooLarge for a photo of too many pixels, or of too many in a row or column."""
    if max(width, height) > MAX_SIDE:
        raise TooLarge(f"the image has {width}x{height} pixels, more than the limit of {MAX_SIDE:,} for a side")
    if width * height > max_pixels:
        raise TooLarge(f"the image has {width}x{height} pixels, more than the limit of {max_pixels:,}")


def check_scans(jpeg: bytes, pixels: int, max_pixels: int) -> None:
    """Raises TooLarge for a JPEG with too many scans for its pixels."""
    scans = jpeg.count(bytes([0xFF, START_OF_SCAN]))  # or more than there are: a thumbnail in EXIF has its own
    most = MAX_SCANS * max_pixels // pixels
    if scans > most:
        raise TooLarge(f"the image has {scans:,} scans, more than the limit of {most:,} for its pixels")


def check_png(data: bytes) -> None:
    """Raises BadImage for a PNG with many compressed texts, of which Pillow counts but some."""
    if sum(map(data.count, (b"iCCP", b"zTXt", b"iTXt"))) > MAX_TEXTS:
        raise BadImage(f"the image has more than {MAX_TEXTS} texts and profiles")


def gif_frame(data: bytes) -> tuple[int, int]:
    """Where the first frame of a GIF ends, in pixels from the left and from the top (GIF89a, sections 18 to 26).

    Raises:
        BadImage: there is none, or it is far behind.
    """
    place = 13 + _table_bytes(data[10:11])
    while place < min(len(data), MAX_GIF_HEAD):
        block, place = data[place], place + 1
        if block == ord(","):
            left, top, width, height = (int.from_bytes(data[i : i + 2], "little") for i in range(place, place + 8, 2))
            return left + width, top + height
        if block == ord("!"):
            place += 1
            while size := int.from_bytes(data[place : place + 1]):
                place += 1 + size
            place += 1
    raise BadImage(DAMAGED)


def _table_bytes(flags: bytes) -> int:
    """Of a GIF's table of colours, as the flags before it say."""
    flag = int.from_bytes(flags)
    return 3 * 2 ** ((flag & 7) + 1) if flag & 0x80 else 0
