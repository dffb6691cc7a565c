"""Thousands of hostile requests at once: nothing grows, nothing is lost."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.hostile import GOOD
from tests.integration.raw import Connection
from tests.integration.server_process import ServerProcess, eventually
from tests.integration.test_hostile import TABLE, ask, check

REQUESTS = 5000
WARM_UP = 1500
CLIENTS = 8


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("soak")) as server:
        yield server


def test_thousands_of_hostile_requests(soaked: ServerProcess) -> None:
    order = random.Random(7).choices(list(TABLE.values()), k=WARM_UP + REQUESTS)

    def attack(name: str) -> int:
        hostile = TABLE[name]
        response = ask(soaked, hostile)
        if response and response.status != 503:
            check(hostile, response)
        return response.status if response else 0

    with ThreadPoolExecutor(CLIENTS) as pool:
        warm = Counter(pool.map(attack, [hostile.name for hostile in order[:WARM_UP]]))
        before = soaked.resident_bytes
        statuses = Counter(pool.map(attack, [hostile.name for hostile in order[WARM_UP:]]))
    after = soaked.resident_bytes
    print(f"\n{before / 2**20:.0f} MiB, then {after / 2**20:.0f} MiB; answers {dict(statuses)}, before {dict(warm)}")
    assert sum(statuses.values()) == REQUESTS
    assert not [status for status in statuses if status >= 500 and status != 503]
    assert after < 1.2 * before
    assert soaked.is_ready()
    with Connection(soaked.http_port) as connection:
        connection.send(GOOD)
        assert connection.receive().status == 200
    eventually(lambda: "catdog_requests_in_flight 1.0\n" in soaked.get("/metrics").text, what="nothing in flight")
    assert "Traceback" not in soaked.errors.read_text()
