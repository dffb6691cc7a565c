"""Bytes that are no photo, a damaged one, or one that is far too large when it is decoded (a bomb)."""

import base64
import io
import struct
import zlib

from PIL import Image

from tests.integration.hostile.case import GOOD_JPEG, REFUSED, Hostile
from tests.integration.raw import post
from tests.unit.photos import encoded, jpeg_segment, landscape, png_chunk, with_scans

SMALL = landscape(60, 40)
SIZE_OF_SMALL = struct.pack(">II", 60, 40)  # as in the head of an AVIF file
SCAN = GOOD_JPEG.index(b"\xff\xda")  # where its first scan starts


def png(width: int, height: int, data: bytes, *extra: bytes, depth: int = 8, kind: int = 0) -> bytes:
    """A PNG whose header need not fit its data."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    others = b"".join(png_chunk(content[:4], content[4:]) for content in extra)
    return b"\x89PNG\r\n\x1a\n" + head + others + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def resized(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header gives another size."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    return jpeg[:2] + jpeg_segment(marker, content) + jpeg[2:]


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def animation() -> bytes:
    file = io.BytesIO()
    frames = [landscape(30, 20, seed) for seed in range(5)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def no_photos() -> dict[str, bytes]:
    """Files of other kinds, and noise."""
    return {
        "text": b"s3cr3t " * 100,
        "HTML": b"<html><img src=s3cr3t></html>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"><text>s3cr3t</text></svg>',
        "PDF": b"%PDF-1.7 s3cr3t",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n(s3cr3t) run\n",
        "ZIP": b"PK\x03\x04" + bytes(100),
        "one byte": b"\xff",
        "zeros": bytes(10_000),
    }


def damaged_photos() -> dict[str, bytes]:
    """JPEG and PNG that are cut, damaged, or bombs."""
    dots = zlib.compress(bytes(1251 * 10_000))  # 10,000 × 10,000 black dots, one bit each
    return {
        "JPEG magic only": b"\xff\xd8",
        "JPEG head only": GOOD_JPEG[:20],
        "JPEG without scan": GOOD_JPEG[:SCAN],
        "JPEG of markers": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000,
        "JPEG then noise": b"\xff\xd8\xff" + bytes(range(256)) * 50,
        "JPEG of no size": resized(GOOD_JPEG, 0, 0),
        "JPEG bomb": resized(GOOD_JPEG, 65_500, 65_500),
        "JPEG of no height": resized(GOOD_JPEG, 200, 0),
        "PNG bomb": png(10_000, 10_000, dots, depth=1),
        "PNG huge": png(2**31 - 1, 2**31 - 1, b""),
        "PNG of no size": png(0, 0, zlib.compress(b"")),
        "PNG without data": png(100, 100, b""),
        "PNG of bad data": png(100, 100, b"s3cr3t"),
        "PNG of bad kind": png(100, 100, zlib.compress(bytes(10_100)), kind=5),
        "PNG truncated": encoded(landscape(60, 40), "PNG")[:-500],
        "PNG text bomb": png(100, 100, b"", b"zTXts3cr3t\0\0" + zlib.compress(bytes(50_000_000))),
    }


def other_formats() -> dict[str, bytes]:
    """The same in other formats, and formats that are not read."""
    return {
        "GIF bomb": b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0;",
        "GIF head only": b"GIF89a\x01\x00\x01\x00",
        "BMP bomb": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "BMP of negative size": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, -5, 5, 1, 24, 0, 0, 0, 0, 0, 0),
        "WebP head only": b"RIFF\xff\xff\xff\x7fWEBPVP8 ",
        "WebP truncated": encoded(SMALL, "WEBP")[:-100],
        "AVIF head only": b"\0\0\0\x14ftypavif\0\0\0\0avif",
        "AVIF truncated": encoded(SMALL, "AVIF")[:-100],
        "AVIF bomb": encoded(SMALL, "AVIF").replace(SIZE_OF_SMALL, struct.pack(">II", 10_000, 10_000)),
        "TIFF": encoded(SMALL, "TIFF"),
        "PPM": b"P6 99999 99999 255 s3cr3t",
        "ICO": encoded(SMALL, "ICO"),
        "JPEG without the last bytes of its scan": GOOD_JPEG[:-3],
        "twice base64": base64.b64encode(GOOD_JPEG),
    }


def odd_photos() -> dict[str, bytes]:
    """Photos that are unusual, and right."""
    return {
        "one dot": encoded(landscape(1, 1), "PNG"),
        "AVIF of another size than its head names": encoded(SMALL, "AVIF").replace(
            SIZE_OF_SMALL, struct.pack(">II", 30, 20)
        ),
        "very wide": encoded(Image.new("RGB", (20_000, 1))),
        "JPEG without end marker": GOOD_JPEG[:-2],
        "bytes behind it": GOOD_JPEG + b"s3cr3t" * 1000,
        "many scans": with_scans(SMALL, 300),
        "huge comment": with_segment(GOOD_JPEG, 0xFE, b"s3cr3t" * 10_000),
        "EXIF of noise": with_segment(GOOD_JPEG, 0xE1, b"Exif\0\0" + bytes(range(256)) * 250),
        "EXIF in circles": with_segment(
            GOOD_JPEG, 0xE1, b"Exif\0\0II*\0\x08\0\0\0" + b"\x01\0\x69\x87\x04\0\x01\0\0\0" + b"\x08\0\0\0" * 2
        ),
        "EXIF of an odd turn": encoded(landscape(60, 40), exif=turned(9)),
        "ICC profile of noise": with_segment(GOOD_JPEG, 0xE2, b"ICC_PROFILE\0\x01\x01" + b"s3cr3t" * 1000),
        "CMYK": encoded(landscape(60, 40).convert("CMYK")),
        "animation": animation(),
    }


def disputed_photos() -> dict[str, bytes]:
    """Photos that a decoder may read or refuse."""
    return {
        "JPEG cut short": GOOD_JPEG[: len(GOOD_JPEG) * 2 // 3],
        "JPEG of noise": GOOD_JPEG[: SCAN + 20] + bytes(i * 7919 % 251 for i in range(2000)) + b"\xff\xd9",
        "JPEG of another size": resized(GOOD_JPEG, 3000, 3000),
        "JPEG of the largest size": resized(GOOD_JPEG, 16_000, 12_500),
        "PNG of bad checksum": encoded(SMALL, "PNG")[:-20] + bytes(20),
        "PNG of bad order": encoded(SMALL, "PNG")[:40] + encoded(SMALL, "PNG")[8:],
    }


def photos() -> list[Hostile]:
    """All of them, each in a request of its own."""
    groups = [
        ({**no_photos(), **damaged_photos(), **other_formats()}, REFUSED),
        (odd_photos(), frozenset({200})),
        (disputed_photos(), frozenset({200, 400})),
    ]
    return [
        Hostile(f"photo: {name}", (post({"instances": [{"b64": base64.b64encode(data).decode()}]}),), statuses)
        for group, statuses in groups
        for name, data in group.items()
    ]
