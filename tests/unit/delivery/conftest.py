"""Two people's clones, and a registry that their commands ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, make_clones
from tests.unit.delivery.registry import Registry, serve_registry


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serve_registry() as registry:
        yield registry


@pytest.fixture
def clones(tmp_path: Path, registry: Registry) -> list[Clone]:
    clones = make_clones(tmp_path)
    for clone in clones:
        clone.environment["CATDOG_REGISTRY_PORT"] = str(registry.port)
    return clones
