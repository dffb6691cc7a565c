"""Half of the time that the SDK takes to import goes to pandas, which it needs only to make data frames of requests."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


class _Pandas(ModuleType):
    """Stands in for pandas until somebody wants something of it."""

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module("pandas"), name)


@contextmanager
def pandas_when_needed() -> Iterator[None]:
    """Modules that are imported meanwhile get a pandas that is imported when it is first used."""
    if "pandas" in sys.modules:
        yield
        return
    stand_in = _Pandas("pandas")
    stand_in.DataFrame = object  # type: ignore[attr-defined]  # the SDK names it in its annotations
    sys.modules["pandas"] = stand_in
    try:
        yield
    finally:
        del sys.modules["pandas"]
        del stand_in.DataFrame  # type: ignore[attr-defined]
