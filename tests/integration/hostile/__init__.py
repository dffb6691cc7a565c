"""Requests that nobody means well with."""

from tests.integration.hostile.case import GOOD, GOOD_JPEG, GOOD_TEXT, SECRET, Hostile
from tests.integration.hostile.http import framing, headers, methods_and_paths
from tests.integration.hostile.photos import photos
from tests.integration.hostile.v1 import v1_bodies, v1_values
from tests.integration.hostile.v2 import v2_bodies

__all__ = ["GOOD", "GOOD_JPEG", "GOOD_TEXT", "SECRET", "Hostile", "all_hostile"]


def all_hostile() -> list[Hostile]:
    """Every one, in a stable order."""
    return [*v1_bodies(), *v1_values(), *photos(), *v2_bodies(), *methods_and_paths(), *headers(), *framing()]
