"""The time after the checks, with a stand-in API server, and a server of its own behind every pod."""

from collections.abc import Callable
from typing import Any

import pytest

from model.settings import NAME
from tests.smoke.bake import Bake
from tests.smoke.expected import Expected
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.bakes import red
from tests.unit.smoke.pods import PODS, pod
from tests.unit.smoke.stand_in import StandIn, serve


def test_a_release_that_lasts(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    baked = bake(seconds=2)
    rows = baked.run()
    assert [each.check for each in rows] == ["answers", "pods", "requests", "cost"]
    assert all(each.holds for each in rows)
    assert f"{baked.right} requests with golden photos answered right in 2 s, 0 shed, worst" in rows[0].seen
    assert rows[1].seen == "2 pods, no restart, all ready"
    assert rows[2].seen.startswith("0 requests of others: too few to judge by; 0 of ")
    assert rows[3].seen == "4.000 ms of processor time a photo (measured), no version before to compare with"
    asked = {name: sum(server.requests.values()) for name, server in servers.items()}
    assert min(asked["a"], asked["b"], asked["service"]) > 0
    assert asked["c"] == 0
    assert sum(asked.values()) == baked.right


def test_a_wrong_answer_is_red_at_once(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    baked = bake(seconds=600)
    servers["b"].changes = {"probabilities": {"cat": 0.5, "dog": 0.5}}
    seen = red(baked)
    assert seen.startswith("b: the answer to a golden photo (PNG of the input's size) is wrong: ")
    assert f" s into the bake, after {baked.right} right answers)" in seen


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"predicts": 500}, "b: a prediction answers 500: "),
        ({"body": b"[]"}, "b: "),
        ({"body": b'{"predictions": [[]]}'}, "b: "),
        ({"revision": "2" * 40}, f"b: the server is of revision {'2' * 40}"),
        ({"metrics": "predictor_up 1\n"}, "b: GET /metrics has no process_start_time_seconds"),
        ({"metrics_status": 404}, "b: GET /metrics answers 404"),
    ],
)
def test_a_pod_that_fails(
    bake: Callable[..., Bake], servers: dict[str, StandIn], changes: dict[str, Any], words: str
) -> None:
    baked = bake(seconds=600)
    for name, value in changes.items():
        setattr(servers["b"], name, value)
    assert red(baked).startswith(words)


@pytest.mark.parametrize("each", [12, 50])
def test_a_flaky_server(bake: Callable[..., Bake], servers: dict[str, StandIn], each: int) -> None:
    servers["a"].fails_each = each
    baked = bake(seconds=600)
    assert red(baked).startswith("a: a prediction answers 500: ")
    assert baked.right >= each - 1


def test_the_service_fails(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    servers["service"].predicts = 500
    assert red(bake(seconds=600)).startswith("service: a prediction answers 500: ")


def test_a_pod_that_dies(bake: Callable[..., Bake], servers: dict[str, StandIn], expected: Expected) -> None:
    with serve(StandIn(expected)) as servers["b"]:
        baked = bake(seconds=600)
    assert red(baked).startswith("b: no answer to ")


def test_a_pod_that_hangs(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    servers["b"].delays = [60] * 100
    seen = red(bake(timeout=0.5, seconds=600, lost_seconds=1))
    assert seen.startswith(f"b: no answer to POST /v1/models/{NAME}:predict: TimeoutError")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([pod("a"), pod("b", restarts=1)], "b: its containers were started again 1 time ("),
        ([pod("a"), pod("b", ready=False)], "b: not ready for "),
        ([pod("a"), pod("b", tag="2" * 40)], f"b: it runs ghcr.io/catdog-team/catdog:{'2' * 40}, "),
    ],
)
def test_what_the_api_server_says(bake: Callable[..., Bake], api: ApiServer, items: list[Any], words: str) -> None:
    baked = bake(seconds=600)
    baked._look()
    api.objects[PODS] = {"items": items}
    assert red(baked).startswith(words)


def test_a_server_that_was_started_again(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    baked = bake(seconds=600)
    baked._read_all()
    servers["b"].start += 5
    assert red(baked).startswith("b: its server was started again")
