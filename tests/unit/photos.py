"""Small images for tests, and their files."""

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import Image

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 190, 40), (30, 40, 210), (230, 220, 40)


def plain(colour: tuple[int, ...] = RED, width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    """One colour everywhere."""
    return Image.new(mode, (width, height), colour)


def quadrants(width: int = 120, height: int = 80) -> Image.Image:
    """Red and green above, blue and yellow below: every turn and flip of it differs."""
    image = Image.new("RGB", (width, height))
    for place, colour in enumerate((RED, GREEN, BLUE, YELLOW)):
        x, y = place % 2 * width // 2, place // 2 * height // 2
        image.paste(colour, (x, y, x + width // 2, y + height // 2))
    return image


def landscape(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth waves of colour with fine detail on them, like a photo; the same whatever its size."""
    random = np.random.default_rng(seed)
    y, x = np.ogrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [np.sin(x * a + y * b + c) for a, b, c in random.uniform(0, 25, (9, 3))]
    return Image.fromarray(np.stack([128 + 40 * sum(waves[i::3]) for i in range(3)], -1).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The file that Pillow writes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def write_easy_photos(folder: Path, count: int) -> None:
    """`count` photos in all, reddish cats and bluish dogs: a network learns them in seconds."""
    for index in range(count):
        label, tint = (("cat", RED), ("dog", BLUE))[index % 2]
        (folder / label).mkdir(parents=True, exist_ok=True)
        photo = Image.blend(
            landscape(60 + index % 7, 40 + index % 5, index), plain(tint, 60 + index % 7, 40 + index % 5), 0.7
        )
        (folder / label / f"{index:03}.png").write_bytes(encoded(photo, "PNG"))


def jpeg_segment(marker: int, content: bytes) -> bytes:
    """One segment of a JPEG, to be put behind its first two bytes."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def noting(asked: list[int]) -> Callable[[int], "nullcontext[None]"]:
    """Gives every share of memory that decoding asks for, and notes its bytes."""

    def share(size: int) -> "nullcontext[None]":
        asked.append(size)
        return nullcontext()

    return share


def with_scans(image: Image.Image, more: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times more."""
    jpeg = encoded(image, progressive=True)
    last_scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last_scan * more + b"\xff\xd9"
