"""Requests that a hostile or broken client might send."""

from tests.integration.hostile.case import GOOD, GOOD_JPEG, GOOD_TEXT, SECRET, Hostile
from tests.integration.hostile.framing import chunks, lengths, other_protocols, pieces
from tests.integration.hostile.http import headers_of_connection, headers_of_content, malformed_headers, methods, paths
from tests.integration.hostile.photos import photos
from tests.integration.hostile.v1 import v1_bodies, v1_values
from tests.integration.hostile.v2 import v2_bodies

__all__ = ["GOOD", "GOOD_JPEG", "GOOD_TEXT", "SECRET", "Hostile", "all_hostile"]


def all_hostile() -> list[Hostile]:
    """Every one, in a stable order."""
    bodies = [*v1_bodies(), *v1_values(), *photos(), *v2_bodies()]
    heads = [*methods(), *paths(), *headers_of_content(), *headers_of_connection(), *malformed_headers()]
    return [*bodies, *heads, *other_protocols(), *lengths(), *chunks(), *pieces()]
