"""The process that decodes one photo for heif.py: `python -m model.contract.heif_process KIND SIZE`.

Its input is LENGTH and the photo, and later GO; its output is HEAD, and after GO the pixels of the square.
"""

import io
import os
import resource
import struct
import sys
from pathlib import Path

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from model.contract.decoding_memory import bytes_of_heif
from model.contract.squares import LARGE_PIXELS, upright_square

AVIF, HEIC = "AVIF", "HEIF"  # kinds, as Pillow and its plugin name them
LENGTH = struct.Struct(">Q")  # of the photo, in bytes
HEAD = struct.Struct(">II4s")  # width, height, and Pillow's mode
GO = b"\n"
DAMAGED, UNKNOWN = 3, 4  # exit statuses; Python's own are 1 and 2
PIXELS_A_SECOND = 10**7  # 25 million take a second; a file may have thousands of layers to decode, and show one
OPENING_BYTES = 32 * 2**20  # a head may name millions of frames
OPENING_SECONDS = 2  # of processor time, its start included, which takes 0.1

Image.MAX_IMAGE_PIXELS = None  # the other process has a limit


def main() -> None:
    """Decodes the photo; ends with DAMAGED where that fails, also for want of memory. Want of time kills it."""
    kind, size, source, sink = sys.argv[1], int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer
    _learn(kind)
    # the other process reads it only after the end of this one, which a photo with many warnings would never reach
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    data = source.read(LENGTH.unpack(source.read(LENGTH.size))[0])
    _allow(OPENING_BYTES, OPENING_SECONDS)
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as photo:
            sink.write(HEAD.pack(*photo.size, photo.mode.encode()))
            sink.flush()
            if source.read(len(GO)) != GO:
                return  # too large for the other process
            _allow(
                bytes_of_heif(*photo.size, photo.mode), OPENING_SECONDS + photo.width * photo.height // PIXELS_A_SECOND
            )
            photo.load()
            square = upright_square(photo, size, photo.width * photo.height > LARGE_PIXELS)
        sink.write(square.tobytes())
    except UnidentifiedImageError:
        sys.exit(UNKNOWN if kind == HEIC else DAMAGED)
    except Exception:  # of many types, as in preprocess.py
        sys.exit(DAMAGED)


def _learn(kind: str) -> None:
    """Prepares Pillow for it; with one thread, because another one would take memory of its own."""
    if kind == AVIF:
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    else:
        from pi_heif import register_heif_opener

        register_heif_opener(thumbnails=False, decode_threads=1)


def _allow(more: int, seconds: int) -> None:
    """Lets this process take so many more bytes, and so many seconds of processor time since its start, at most.

    macOS does not limit bytes, and laptops read their own photos.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if not sys.platform.startswith("linux"):
        return
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + more, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
