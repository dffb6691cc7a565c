"""Photos as base64 text, in V1 and in the JSON of V2."""

import pybase64

from predictor.errors import Refused
from predictor.limits import Limits


def decode_base64(text: str | bytes, name: str, limits: Limits) -> bytes:
    """Decodes one photo.

    Args:
        text: base64 of the standard alphabet, padded, without line breaks.
        name: what the sentence of a refusal calls it, such as "instance 0".
        limits: `max_image_bytes` counts here.

    Raises:
        Refused: 400, it is not base64 or too large.
    """
    if len(text) * 3 // 4 > limits.max_image_bytes + 2:
        raise Refused(400, f"{name} has more than the limit of {limits.max_image_bytes:,} bytes")
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(400, f"{name} is not base64") from None
