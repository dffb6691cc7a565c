"""An AVIF file with one photo in many layers, all of which a decoder works on."""

import struct

from PIL import Image

from tests.unit.photos import encoded

FRAMES = 16  # that are encoded; the layers are these, again and again
LAST = 1  # the layer that is asked for, of which there is none


def layered_avif(width: int, height: int, repeats: int) -> bytes:
    """A photo of FRAMES × `repeats` layers (AV1 Image File Format 1.1; boxes of ISO/IEC 14496-12 and 23008-12)."""
    image = Image.new("RGB", (width, height), (80, 120, 160))
    options = {"save_all": True, "append_images": [image] * (FRAMES - 1), "speed": 10, "quality": 30}
    sequence = encoded(image, "AVIF", **options)
    place = sequence.index(b"stsz") + 12
    count = int.from_bytes(sequence[place : place + 4])
    size = sum(struct.unpack_from(f">{count}I", sequence, place + 4))
    start = int.from_bytes(sequence[sequence.index(b"stco") + 12 :][:4])
    layers = sequence[start : start + size] * repeats
    place = sequence.index(b"av1C") - 4
    settings = sequence[place : place + int.from_bytes(sequence[place : place + 4])]

    head = box(b"ftyp", b"avif" + bytes(4) + b"avifmif1miaf")
    length = len(meta(width, height, settings, 0, len(layers)))
    return head + meta(width, height, settings, len(head) + length + 8, len(layers)) + box(b"mdat", layers)


def meta(width: int, height: int, settings: bytes, offset: int, size: int) -> bytes:
    """The box that says what the photo is, and where its layers are."""
    properties = full_box(b"ispe", struct.pack(">II", width, height)) + full_box(b"pixi", b"\x03\x08\x08\x08")
    properties += settings + box(b"lsel", struct.pack(">H", LAST))
    of_photo = full_box(b"ipma", struct.pack(">IHB", 1, 1, 4) + bytes([1, 2, 0x83, 0x84]))
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full_box(b"pitm", struct.pack(">H", 1))
        + full_box(b"iloc", b"\x44\0" + struct.pack(">HHHHII", 1, 1, 0, 1, offset, size))
        + full_box(b"iinf", struct.pack(">H", 1) + full_box(b"infe", struct.pack(">HH", 1, 0) + b"av01\0", version=2))
        + box(b"iprp", box(b"ipco", properties) + of_photo),
    )


def full_box(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]) + content)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content
