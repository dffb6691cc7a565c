"""JSON of a request's body, bounded in the number of its values."""

import orjson

from predictor.errors import Refused

MOST_VALUES = 100_000  # an empty list is 2 bytes in a body, and 70 in memory
SMALL_BYTES = 2**20  # a body of so many bytes holds no values that matter


def parse_json(text: bytes, expected: str) -> object:
    """Reads JSON.

    Args:
        text: the body, or the part of it that is JSON.
        expected: what the body must be; a sentence that a refusal ends with.

    Raises:
        Refused: 400, it is not JSON, or has more values than any request for photos.
    """
    if len(text) > SMALL_BYTES and sum(map(text.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise Refused(400, f"the body has more than {MOST_VALUES:,} values; {expected}")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(400, f"the body is not JSON; {expected}") from None
