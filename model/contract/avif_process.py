"""The process that decodes one AVIF photo for avif.py: `python -m model.contract.avif_process SIZE`.

Its input is LENGTH and the photo, and later GO; its output is HEAD, and after GO the pixels of the square.
"""

import io
import resource
import struct
import sys
from pathlib import Path

from PIL import AvifImagePlugin, Image

from model.contract.decoding_memory import bytes_of_avif
from model.contract.squares import LARGE_PIXELS, upright_square

LENGTH = struct.Struct(">Q")  # of the photo, in bytes
HEAD = struct.Struct(">II4s")  # width, height, and Pillow's mode
GO = b"\n"
DAMAGED = 3  # exit status; Python's own are 1 and 2
OPENING_BYTES = 32 * 2**20  # a head may name millions of frames
CPU_SECONDS = 30

Image.MAX_IMAGE_PIXELS = None  # the other process has a limit
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # another thread would take memory of its own


def main() -> None:
    """Decodes the photo, and ends with DAMAGED where that fails, for want of memory also."""
    size, source, sink = int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer
    data = source.read(LENGTH.unpack(source.read(LENGTH.size))[0])
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    _allow(OPENING_BYTES)
    try:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as photo:
            sink.write(HEAD.pack(*photo.size, photo.mode.encode()))
            sink.flush()
            if source.read(len(GO)) != GO:
                return  # too large for the other process
            _allow(bytes_of_avif(*photo.size, photo.mode))
            photo.load()
            square = upright_square(photo, size, photo.width * photo.height > LARGE_PIXELS)
        sink.write(square.tobytes())
    except Exception:  # of many types, as in preprocess.py
        sys.exit(DAMAGED)


def _allow(more: int) -> None:
    """Lets this process take so many more bytes at most. macOS has no such limit, and laptops read their own photos."""
    if not sys.platform.startswith("linux"):
        return
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + more, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
