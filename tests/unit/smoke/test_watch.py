"""Restarts and readiness of pods during the bake."""

from typing import Any

import pytest

from tests.smoke.client import Failed
from tests.smoke.cluster import Pods, read_pod
from tests.smoke.plan import Plan
from tests.smoke.watch import Watch
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import NO_ROOM, NODE_LOST, pod, waiting

PLAN = Plan(seconds=60, most_cost=1.5)
BEFORE = [pod("a", restarts=4), pod("b")]


def pods(*items: dict[str, Any]) -> Pods:
    return Pods([read_pod(item) for item in items], set())


@pytest.fixture
def watch() -> Watch:
    watch = Watch(IMAGE, PLAN, pods(*BEFORE))
    watch.look(pods(*BEFORE), 0)
    return watch


def test_pods_that_last(watch: Watch) -> None:
    watch.look(pods(*BEFORE), 60)
    assert watch.seen == "2 pods, no restart, all ready"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([pod("a", restarts=5), pod("b")], "a: its containers were started again 1 time"),
        ([pod("a", restarts=4), pod("b", restarts=2)], "b: its containers were started again 2 times"),
        ([*BEFORE, pod("c", restarts=1)], "c: its containers were started again 1 time"),
        ([*BEFORE, pod("c", "2" * 40)], f"c: it runs ghcr.io/catdog-team/catdog:{'2' * 40}, the commit claims ghcr"),
    ],
)
def test_pods_that_do_not_last(watch: Watch, items: list[Any], reason: str) -> None:
    with pytest.raises(Failed, match=f"^{reason}"):
        watch.look(pods(*items), 1)


def test_a_pod_that_is_no_longer_ready(watch: Watch) -> None:
    unready = pods(BEFORE[0], pod("b", ready=False))
    watch.look(unready, 1)
    watch.look(unready, 10.9)
    watch.look(pods(*BEFORE), 11)  # it was for less than 10 s
    watch.look(unready, 12)
    watch.look(unready, 21)
    with pytest.raises(Failed, match=r"^b: not ready for 11 s \(Running\)"):
        watch.look(unready, 23)


def test_an_outage_of_the_api_server_is_not_the_pods(watch: Watch) -> None:
    unready = pods(BEFORE[0], pod("b", ready=False))
    watch.look(unready, 1)
    watch.forget()
    watch.look(unready, 30)
    watch.look(pods(*BEFORE), 31)


@pytest.mark.parametrize(
    "waits", [{"conditions": NODE_LOST}, {"conditions": [NO_ROOM]}, {"containerStatuses": [waiting("Pulling")]}]
)
def test_what_is_no_fault_of_a_pod(watch: Watch, waits: dict[str, Any]) -> None:
    for now in (1, 100):
        watch.look(pods(BEFORE[0], pod("b", ready=False, **waits)), now)


def test_pods_that_leave_and_pods_that_come(watch: Watch) -> None:
    """A pod that starts may take longer to be ready than one that was."""
    starting = pods(BEFORE[0], pod("c", ready=False))
    watch.look(starting, 1)
    watch.look(starting, 45)
    assert watch.seen == "2 pods, no restart, all ready, 1 came, 1 left"
    watch.look(pods(BEFORE[0], pod("c")), 45.5)
    watch.look(starting, 46)
    with pytest.raises(Failed, match=r"^c: not ready for 11 s"):
        watch.look(starting, 57)


def test_a_pod_that_never_gets_ready(watch: Watch) -> None:
    starting = pods(*BEFORE, pod("c", ready=False))
    watch.look(starting, 1)
    with pytest.raises(Failed, match=r"^c: not ready for 46 s"):
        watch.look(starting, 47)
