"""A repository of this project, and a clone of it."""

from pathlib import Path

import pytest

from tests.unit.hack.clones import git, make_upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    return make_upstream(tmp_path / "upstream")


@pytest.fixture
def clone(upstream: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "quince"
    git(tmp_path, "clone", "-q", str(upstream), str(folder))
    return folder
