"""A repository of this project, and a clone of it."""

import shutil
from pathlib import Path

import pytest

from tests.unit.hack.clones import git, make_upstream


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody may change it."""
    return make_upstream(tmp_path_factory.mktemp("project") / "upstream")


@pytest.fixture
def upstream(project: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    shutil.copytree(project, folder, symlinks=True)
    return folder


@pytest.fixture
def clone(upstream: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "quince"
    git(tmp_path, "clone", "-q", str(upstream), str(folder))
    return folder
