"""What the model of git must answer, and a server that says so."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.smoke.bake import Bake
from tests.smoke.client import Client
from tests.smoke.cluster import Cluster
from tests.smoke.expected import Expected, read_expected
from tests.smoke.image_reference import ImageReference
from tests.smoke.pod import Places
from tests.unit.kubernetes_stand_in import ApiServer, serve_api
from tests.unit.smoke.bakes import PLAN, Servers
from tests.unit.smoke.pods import PODS, REVISION, SERVICE, pod
from tests.unit.smoke.stand_in import StandIn, serve

PROJECT = Path(__file__).resolve().parents[3]
IMAGE = ImageReference("ghcr.io/catdog-team/catdog", REVISION)


@pytest.fixture(scope="session")
def expected() -> Expected:
    return read_expected(PROJECT / "manifests/base", REVISION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is mounted into the judge: expected.json and claims.json."""
    folder = tmp_path / "expected"
    folder.mkdir()
    shutil.copy(PROJECT / "manifests/base/expected.json", folder)
    (folder / "claims.json").write_text(json.dumps({"classes": ["dog", "cat"], "least_accuracy": 0.5}))
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """As Kubernetes mounts it: an empty file."""
    (tmp_path / "termination-log").touch()
    return tmp_path / "termination-log"


@pytest.fixture
def places(tmp_path: Path, log: Path) -> Places:
    (tmp_path / "state").mkdir()
    return Places(tmp_path / "state", log)


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


@pytest.fixture
def servers(expected: Expected) -> Iterator[dict[str, StandIn]]:
    """Of two pods, a third that may come, and what the service's address leads to."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(StandIn(expected))) for name in ("a", "b", "c", "service")}


@pytest.fixture
def bake(servers: dict[str, StandIn], cluster: Cluster, expected: Expected) -> Callable[..., Bake]:
    def make(timeout: float = 10.0, **changes: Any) -> Bake:
        service = Client(servers["service"].url, timeout)
        return Bake(Servers(service, cluster, IMAGE, expected, servers=servers), replace(PLAN, **changes))

    return make
