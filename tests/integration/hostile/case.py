"""One hostile request, and the statuses that are right."""

import base64
from dataclasses import dataclass

from tests.integration.raw import post
from tests.unit.photos import encoded, landscape

SECRET = "s3cr3t"  # stands for what a client sends: no response may repeat it
GOOD_JPEG = encoded(landscape(200, 150))
GOOD_TEXT = base64.b64encode(GOOD_JPEG).decode()
GOOD = post({"instances": [GOOD_TEXT]})
REFUSED = frozenset({400})


@dataclass(frozen=True)
class Hostile:
    """What is sent on a new connection, and which statuses are right."""

    name: str
    pieces: tuple[bytes, ...]
    statuses: frozenset[int] = REFUSED
    is_head: bool = False
    leaves: bool = False  # the client closes the connection without waiting for an answer
