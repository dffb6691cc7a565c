"""A stand-in for the service, which knows the golden answers."""

from collections.abc import Iterator

import pytest

from tests.smoke.expected import Expected, read_expected
from tests.unit.prober.photos import PROJECT
from tests.unit.smoke.stand_in import StandIn, serve


@pytest.fixture(scope="module")
def expected() -> Expected:
    return read_expected(PROJECT / "manifests/base", "1" * 40)


@pytest.fixture
def server(expected: Expected) -> Iterator[StandIn]:
    with serve(StandIn(expected)) as server:
        yield server
