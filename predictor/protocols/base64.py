"""Photos as base64 text, in V1 and in the JSON of V2."""

import pybase64

from predictor.errors import Refused
from predictor.limits import Limits

STANDARD = bytes.maketrans(b"-_", b"+/")  # from the alphabet that is safe in addresses (RFC 4648, section 5)
LINES = b"\r\n\t "


def decode_base64(text: str, name: str, limits: Limits) -> bytes:
    """Decodes one photo.

    Args:
        text: base64 (RFC 4648), of either alphabet, with or without padding and line breaks; or a data URI (RFC 2397).
        name: what the sentence of a refusal calls it, such as "instance 0".
        limits: `max_image_bytes` counts here.

    Raises:
        Refused: 400, it is not base64 or too large.
    """
    if len(text) * 3 // 4 > limits.max_image_bytes + 2:
        raise Refused(400, f"{name} has more than the limit of {limits.max_image_bytes:,} bytes")
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:  # most clients send the plain form, which takes a tenth of the time
        return _decode_variant(text, name)


def _decode_variant(text: str, name: str) -> bytes:
    if text[:5].lower() == "data:":
        head, comma, text = text.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise Refused(400, f"{name} is a data URI that is not base64")
    try:
        data = text.encode("ascii").translate(STANDARD, LINES)
        if b"=" not in data:
            if len(data) % 4 == 1 and pybase64.b64decode(data + b"A==", validate=True):
                raise Refused(400, f"{name} is base64 that is cut short")
            data += b"=" * (-len(data) % 4)
        return pybase64.b64decode(data, validate=True)
    except ValueError:
        raise Refused(400, f"{name} is not base64") from None
