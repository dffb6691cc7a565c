"""Marks tests by their folder: `pytest -m unit` runs tests/unit."""

import os
from pathlib import Path

import pytest

from model.settings import NAME, NAMESPACE, SETTINGS

HERE = Path(__file__).parent

# for servers, judge and steward, as hack/common.sh sets them
os.environ |= {"SERVING_NAME": NAME, "SERVING_NAMESPACE": NAMESPACE, "SERVING_APPLICATION": SETTINGS["APPLICATION"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in ("unit", "integration", "manifests", "e2e"):
            item.add_marker(folder)
