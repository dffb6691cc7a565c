"""A stand-in API server, and the steward's access to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from argocd.steward.api import Api
from tests.unit.kubernetes_stand_in import ApiServer, serve_api


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with serve_api(tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def api(server: ApiServer) -> Api:
    return Api(server.account)
