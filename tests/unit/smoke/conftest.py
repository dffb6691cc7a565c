"""What catdog.pt expects, and a server that says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smoke.client import Client
from tests.smoke.expected import Expected, read_expected
from tests.smoke.image_reference import ImageReference
from tests.unit.smoke.stand_in import StandIn, serve

MODEL = Path(__file__).resolve().parents[3] / "catdog.pt"
REVISION = "1" * 40
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
