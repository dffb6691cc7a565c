"""Photos of 12 megapixels in each format and mode; run as a module, what decoding each takes, as JSON.

python -m tests.unit.large_photos
"""

import json
import resource
from pathlib import Path
from typing import Any

from PIL import Image

from model.contract.preprocess import read_photo
from predictor.process import keep_freed_memory
from tests.unit.photos import encoded, noting

SIDE = (4000, 3000)
SEVERAL_SCANS: dict[str, Any] = {"progressive": True, "subsampling": 0}
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {  # mode, format, options of Pillow
    "PNG RGB": ("RGB", "PNG", {}),
    "PNG RGBA": ("RGBA", "PNG", {}),
    "PNG LA": ("LA", "PNG", {}),
    "PNG palette": ("P", "PNG", {"transparency": bytes(range(256))}),
    "PNG 16 bits": ("I;16", "PNG", {}),
    "PNG 1 bit": ("1", "PNG", {}),
    "JPEG": ("RGB", "JPEG", {}),
    "JPEG progressive": ("RGB", "JPEG", SEVERAL_SCANS),
    "JPEG grey progressive": ("L", "JPEG", {"progressive": True}),
    "JPEG CMYK": ("CMYK", "JPEG", {}),
    "JPEG CMYK progressive": ("CMYK", "JPEG", SEVERAL_SCANS),
    "WebP": ("RGB", "WEBP", {"method": 0}),
    "WebP lossless": ("RGBA", "WEBP", {"method": 0, "lossless": True}),
    "GIF": ("P", "GIF", {"transparency": 3}),
    "BMP": ("1", "BMP", {}),
}


def large_photo(kind: str) -> bytes:
    """The file of a grey photo of one of KINDS."""
    mode, file_format, options = KINDS[kind]
    return encoded(Image.new(mode, SIDE, 1 if mode == "1" else None), file_format, **options)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def peak_bytes() -> int:
    """The most that was resident since the peak was last forgotten."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024


def measure(data: bytes) -> tuple[int, int, int]:
    """Bytes that decoding asks for, takes at most, and leaves."""
    asked: list[int] = []
    before = resident_bytes()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    read_photo(data, 128, share=noting(asked))
    return sum(asked), peak_bytes() - before, resident_bytes() - before


if __name__ == "__main__":
    keep_freed_memory()
    small = Image.new("RGB", (64, 64))
    for file_format in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):  # so that the decoders are loaded
        read_photo(encoded(small, file_format), 128)
    print(json.dumps({kind: measure(large_photo(kind)) for kind in KINDS}))
