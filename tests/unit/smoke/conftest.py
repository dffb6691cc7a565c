"""What catdog.pt expects, and a server that says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smoke.client import Client
from tests.smoke.cluster import Cluster
from tests.smoke.expected import Expected, read_expected
from tests.smoke.image_reference import ImageReference
from tests.unit.kubernetes_stand_in import ApiServer, serve_api
from tests.unit.smoke.pods import PODS, REVISION, SERVICE, pod
from tests.unit.smoke.stand_in import StandIn, serve

MODEL = Path(__file__).resolve().parents[3] / "catdog.pt"
IMAGE = ImageReference("ghcr.io/catdog-team/catdog", REVISION)


@pytest.fixture(scope="session")
def expected() -> Expected:
    return read_expected(MODEL, IMAGE)


@pytest.fixture
def server(expected: Expected) -> Iterator[StandIn]:
    with serve(StandIn(expected)) as server:
        yield server


@pytest.fixture
def client(server: StandIn) -> Client:
    return Client(server.url)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with serve_api(tmp_path) as api:
        for name, value in api.environment.items():
            monkeypatch.setenv(name, value)
        api.objects[SERVICE] = {"spec": {"predictor": {"minReplicas": 2}}}
        api.objects[PODS] = {"items": [pod("a"), pod("b")]}
        yield api


@pytest.fixture
def cluster(api: ApiServer) -> Cluster:
    return Cluster("catdog", api.account)
