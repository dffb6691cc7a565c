"""HEIC and AVIF, read in a process of its own, whose memory and processor time are bounded.

Their decoders have no such bounds: libavif decodes 268 million pixels whatever the head of a file says, and with
libheif a photo of 64×64 pixels may consist of thousands of larger ones. The process opens the photo and says how large
it is; it decodes it once it is told to, and may not take more memory and time than that size needs. What comes back is
the square that the model takes.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from model.contract.decoding_memory import bytes_of_heif
from model.contract.heif_process import AVIF, GO, HEAD, HEIC, LENGTH, OPENING_BYTES, UNKNOWN

BRANDS = {b"avif", b"avis"}  # of a photo, and of a sequence of them (AV1 Image File Format 1.1, section 6)
BRAND_BYTES = 64  # of the start of a file: brands beyond them are not looked for
PROCESS_BYTES = 20 * 2**20  # before it has decoded anything
UNEXPECTED = (1, 2)  # exit statuses of Python; the others are those of a photo that cannot be decoded
ROOT = Path(__file__).parents[2]


class Unknown(ValueError):
    """The file is of no kind that the process knows."""


class Damaged(ValueError):
    """The process cannot decode the photo, or not with the memory and processor time that its head calls for."""


def is_heif(data: bytes) -> bool:
    """Whether the file may be HEIC or AVIF: it starts with a box of brands (ISO/IEC 14496-12, section 4.3)."""
    return data[4:8] == b"ftyp"


def is_avif(data: bytes) -> bool:
    """Whether a file that is no HEIC first of all names a brand of AVIF."""
    if not is_heif(data) or data[8:11] in (b"hei", b"hev"):
        return False
    end = min(int.from_bytes(data[:4]), BRAND_BYTES)
    return any(data[place : place + 4] in BRANDS for place in range(8, end, 4))


class HeifPhoto:
    """A photo that its process has opened; the process ends with the `with` statement.

    Args:
        data: the encoded photo.
        size: side of the square, in pixels.

    Raises:
        Unknown: the file is something else, such as a film.
        Damaged: the photo cannot be opened.
        OSError: no process could be started.
        RuntimeError: the process failed for another reason than the photo.
    """

    def __init__(self, data: bytes, size: int):
        self._data, self._size = data, size

    def __enter__(self) -> "HeifPhoto":
        kind, data = HEIC, self._data
        if is_avif(data):
            kind, data = AVIF, data[:8] + b"avif" + data[12:]  # the one brand that Pillow looks at
        self._process = subprocess.Popen(
            [sys.executable, "-m", "model.contract.heif_process", kind, str(self._size)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the server, which answers its requests first
        )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        try:
            self._send(LENGTH.pack(len(data)) + data)
            width, height, mode = HEAD.unpack(self._receive(HEAD.size))
        except BaseException:
            self.__exit__()
            raise
        self.stored = width, height
        """Width and height in pixels, by the head of the file."""
        opened = PROCESS_BYTES + OPENING_BYTES + len(self._data)
        self.memory = opened + bytes_of_heif(width, height, mode.rstrip(b"\0").decode())
        """How many bytes decoding takes at most."""
        return self

    def square(self) -> np.ndarray:
        """The upright photo, uint8 of shape [size, size, 3].

        Raises:
            Damaged: it cannot be decoded.
            RuntimeError: the process failed for another reason than the photo.
        """
        self._send(GO)
        pixels = self._receive(self._size**2 * 3)
        return np.frombuffer(pixels, np.uint8).reshape(self._size, self._size, 3)

    def _send(self, data: bytes) -> None:
        with suppress(BrokenPipeError):  # the process has ended, and `_receive` finds out why
            self._stdin.write(data)
            self._stdin.flush()

    def _receive(self, size: int) -> bytes:
        received = self._stdout.read(size)
        if len(received) == size:
            return received
        status = self._process.wait()
        if status == UNKNOWN:
            raise Unknown
        if status in UNEXPECTED:
            reason = self._stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"the process that decodes HEIC and AVIF failed: {reason}")
        raise Damaged

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with suppress(BrokenPipeError):
                pipe.close()
