"""Thousands of hostile requests, eight at a time: memory does not grow, and the server goes on answering."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.integration.hostile import GOOD
from tests.integration.raw import Connection
from tests.integration.server_process import ServerProcess, eventually
from tests.integration.test_hostile import TABLE, ask, check

REQUESTS = 5000
WARM_UP = 1500
CLIENTS = 8


def test_thousands_of_hostile_requests(server: ServerProcess) -> None:
    order = random.Random(7).choices(list(TABLE.values()), k=WARM_UP + REQUESTS)

    def attack(name: str) -> int:
        hostile = TABLE[name]
        response = ask(server, hostile)
        if response and response.status != 503:
            check(hostile, response)
        return response.status if response else 0

    with ThreadPoolExecutor(CLIENTS) as pool:
        warm = Counter(pool.map(attack, [hostile.name for hostile in order[:WARM_UP]]))
        before = server.resident_bytes
        statuses = Counter(pool.map(attack, [hostile.name for hostile in order[WARM_UP:]]))
    after = server.resident_bytes
    print(f"\n{before / 2**20:.0f} MiB, then {after / 2**20:.0f} MiB; answers {dict(statuses)}, before {dict(warm)}")
    assert sum(statuses.values()) == REQUESTS
    assert not [status for status in statuses if status >= 500 and status != 503]
    assert after < 1.2 * before
    assert server.is_ready()
    with Connection(server.http_port) as connection:
        connection.send(GOOD)
        assert connection.receive().status == 200
    eventually(lambda: "predictor_requests_in_flight 1.0\n" in server.get("/metrics").text, what="nothing in flight")
    assert "Traceback" not in server.errors.read_text()
