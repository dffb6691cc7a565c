"""The time after the checks: traffic of others, and pods that leave and come."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.smoke.bake import Bake
from tests.smoke.expected import Expected
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.bakes import red, row
from tests.unit.smoke.pods import NODE_LOST, PODS, SERVICE, leaving, pod
from tests.unit.smoke.stand_in import StandIn, serve


def test_requests_of_others_fail(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    servers["a"].others = Counter({200: 190, 500: 10})
    assert red(bake(seconds=600)).startswith("a: 1")


def test_requests_of_others(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    """Refused input, and requests that were shed, are no failures."""
    servers["a"].others = Counter({200: 100, 400: 50, 503: 50})
    seen = row(bake().run(), "requests").seen
    assert "few" not in seen
    assert "; 0 of " in seen


def test_golden_photos_that_are_shed(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    servers["a"].busy = 5
    assert " 5 shed" in row(bake().run(), "answers").seen
    for server in servers.values():
        server.busy = 10**6
    assert "no golden photo was answered, " in red(bake())


def test_metrics_that_are_shed(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    """Whether pods restart or fail requests is not known then."""
    for server in servers.values():
        server.metrics_status = 503
    assert red(bake()).startswith("no pod's metrics could be read ")


def test_bursts_that_others_disturb(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    for server in servers.values():
        server.photos_of_others = 1
    assert (
        row(bake().run(), "cost").seen
        == "not measured: the bake was too short, or the pods had too much traffic, or left"
    )


def test_most_photos_are_shed_although_nobody_else_asks(bake: Callable[..., Bake], servers: dict[str, StandIn]) -> None:
    for server in servers.values():
        server.sheds_each = 4
    assert " golden photos were shed, and others sent 0 only " in red(bake())


@pytest.mark.parametrize(("before", "is_red"), [("2.050 ms of", True), ("3.900 ms of", False), ("no figure", False)])
def test_the_cost_of_the_version_before(bake: Callable[..., Bake], api: ApiServer, before: str, is_red: bool) -> None:
    api.objects[SERVICE]["status"] = {"conditions": [{"type": "PhotoCost", "message": before}]}
    cost = row(bake().run(), "cost")
    assert cost.holds is not is_red
    if is_red:
        assert cost.seen.startswith("a photo costs 4.0 ms of processor time, 2.0 times the 2.0 ms of the version be")


def test_a_pod_that_leaves(
    bake: Callable[..., Bake], servers: dict[str, StandIn], api: ApiServer, expected: Expected
) -> None:
    with serve(StandIn(expected)) as servers["b"]:
        baked = bake()
        api.objects[PODS] = {"items": [pod("a"), leaving("b")]}
    assert row(baked.run(), "pods").seen == "2 pods, no restart, all ready, 1 left"


@pytest.mark.parametrize("items", [[pod("a"), leaving("b")], [pod("a"), pod("b", conditions=NODE_LOST)], [pod("a")]])
def test_a_pod_that_gives_no_answer_and_is_gone(
    bake: Callable[..., Bake], servers: dict[str, StandIn], api: ApiServer, items: list[Any]
) -> None:
    """It hangs first, and later the API server says why."""
    servers["b"].delays = [60] * 100
    baked = bake(timeout=0.5, seconds=2)
    timer = threading.Timer(1, lambda: api.objects.update({PODS: {"items": items}}))
    timer.start()
    try:
        assert all(each.holds for each in baked.run())
    finally:
        timer.join()


def test_a_pod_of_before_behind_the_service(
    bake: Callable[..., Bake], servers: dict[str, StandIn], api: ApiServer
) -> None:
    servers["service"].revision = "2" * 40
    api.objects[PODS]["items"].append(leaving("old", "2" * 40))
    assert all(each.holds for each in bake().run())
    api.objects[PODS]["items"].pop()
    assert red(bake(seconds=600)).startswith(f"service: the server is of revision {'2' * 40}")


def test_a_pod_that_comes(bake: Callable[..., Bake], servers: dict[str, StandIn], api: ApiServer) -> None:
    baked = bake(seconds=2)
    api.objects[PODS]["items"].append(pod("c"))
    assert row(baked.run(), "pods").seen == "2 pods, no restart, all ready, 1 came"
    assert servers["c"].photos > 0


def test_an_outage_of_the_api_server(bake: Callable[..., Bake], api: ApiServer) -> None:
    baked = bake()
    api.refusal = 500
    timer = threading.Timer(1.5, lambda: setattr(api, "refusal", 0))  # what a photo cost before is asked at the end
    timer.start()
    try:
        assert all(each.holds for each in baked.run())
    finally:
        timer.join()
