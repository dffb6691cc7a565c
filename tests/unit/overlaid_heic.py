"""A HEIC file whose photo consists of one picture, laid over itself again and again; a decoder decodes each."""

import struct

from PIL import Image

from tests.unit.layered_avif import box, full_box
from tests.unit.photos import encoded

PICTURE, SETTINGS, SIDE, SIDE_OF_ALL = 1, 1, 2, 3  # the first item; properties, counted from 1


def overlaid_heic(side: int, side_of_all: int, repeats: int) -> bytes:
    """A square photo of `side_of_all` pixels, of a square picture of `side` (ISO/IEC 23008-12, section 6.6.2.2)."""
    import pillow_heif  # a Pillow plugin that writes

    pillow_heif.register_heif_opener()
    heic = encoded(Image.new("RGB", (side, side), (200, 30, 60)), "HEIF", quality=50)
    place = heic.index(b"hvcC") - 4
    properties = heic[place : place + int.from_bytes(heic[place : place + 4])]
    properties += b"".join(full_box(b"ispe", struct.pack(">II", length, length)) for length in (side, side_of_all))
    picture = heic[heic.index(b"mdat") + 4 :]
    overlay = bytes([0, 1]) + bytes(8) + struct.pack(">II", side_of_all, side_of_all) + bytes(8) * repeats

    head = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    length = len(meta(properties, 0, len(picture), len(overlay), repeats))
    start = len(head) + length + 8
    return head + meta(properties, start, len(picture), len(overlay), repeats) + box(b"mdat", picture + overlay)


def meta(properties: bytes, start: int, picture_size: int, overlay_size: int, repeats: int) -> bytes:
    """The box with the items: the picture `repeats` times, in the same place, and the overlay of them."""
    pictures, overlay = range(PICTURE, PICTURE + repeats), PICTURE + repeats
    places = [(each, start, picture_size) for each in pictures] + [(overlay, start + picture_size, overlay_size)]
    kinds = [(each, b"hvc1", 1) for each in pictures] + [(overlay, b"iovl", 0)]  # 1: hidden
    of_items = [(each, (SETTINGS, SIDE)) for each in pictures] + [(overlay, (SIDE_OF_ALL,))]
    count = struct.pack(">H", len(places))
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full_box(b"pitm", struct.pack(">H", overlay))
        + full_box(b"iloc", b"\x44\0" + count + b"".join(struct.pack(">HHHII", i, 0, 1, *at) for i, *at in places))
        + full_box(b"iinf", count + b"".join(item(*each) for each in kinds))
        + full_box(b"iref", box(b"dimg", struct.pack(f">{2 + repeats}H", overlay, repeats, *pictures)))
        + box(
            b"iprp",
            box(b"ipco", properties)
            + full_box(
                b"ipma",
                struct.pack(">I", len(of_items))
                + b"".join(struct.pack(">HB", each, len(some)) + bytes(some) for each, some in of_items),
            ),
        ),
    )


def item(number: int, kind: bytes, is_hidden: int) -> bytes:
    entry = full_box(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)
    return entry[:11] + bytes([is_hidden]) + entry[12:]
