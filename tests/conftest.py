"""Marks tests by their folder: `pytest -m unit` runs tests/unit."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in ("unit", "integration", "manifests", "e2e"):
            item.add_marker(folder)
