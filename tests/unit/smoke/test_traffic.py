"""Failed requests and processor time, from what the pods count."""

from dataclasses import replace

import pytest

from tests.smoke.client import Failed
from tests.smoke.cost import Costs, compare_cost
from tests.smoke.plan import Plan
from tests.smoke.readings import Reading, Requests
from tests.smoke.traffic import Traffic

FIRST = Reading(start=1e9, cpu_seconds=10, photos=1000, requests=Requests(total=1000, failed=100, shed=50))


def later(total: int, failed: int = 0, shed: int = 0) -> Reading:
    """So many requests later."""
    return replace(FIRST, requests=FIRST.requests + Requests(total, failed, shed))


@pytest.fixture
def traffic() -> Traffic:
    traffic = Traffic(Plan(seconds=60, most_cost=1.5))
    traffic.add("a", FIRST)
    return traffic


def test_only_what_was_counted_since_the_beginning(traffic: Traffic) -> None:
    traffic.add("a", later(400))
    traffic.add("b", FIRST)
    traffic.add("b", later(100))
    assert traffic.seen(own=300) == "200 requests of others; 0 of 500 failed in all, 0 were shed (measured)"


def test_too_little_traffic_of_others_is_said(traffic: Traffic) -> None:
    traffic.add("a", later(309))
    assert traffic.seen(own=300).startswith("9 requests of others: too few to judge by; 0 of 309 failed")
    assert traffic.seen(own=310).startswith("0 requests of others: too few to judge by; ")


def test_requests_that_fail(traffic: Traffic) -> None:
    traffic.add("a", later(100, failed=2))  # an accident
    traffic.add("a", later(300, failed=3))  # 1 %
    with pytest.raises(Failed, match=r"^a: 4 of 300 requests failed \(1\.3%\), at most 1% may$"):
        traffic.add("a", later(300, failed=4))


def test_requests_that_fail_in_all_pods(traffic: Traffic) -> None:
    for name in "bcd":
        traffic.add(name, FIRST)
    traffic.add("b", later(50, failed=2))
    with pytest.raises(Failed, match=r"^all pods: 4 of 100 requests failed"):
        traffic.add("c", later(50, failed=2))


def test_requests_that_were_shed_do_not_count(traffic: Traffic) -> None:
    traffic.add("a", later(1000, shed=900))
    assert traffic.seen(own=0) == "1,000 requests of others; 0 of 100 failed in all, 900 were shed (measured)"
    with pytest.raises(Failed, match=r"^a: 3 of 100 requests failed"):
        traffic.add("a", later(1000, shed=900, failed=3))


def test_another_process(traffic: Traffic) -> None:
    with pytest.raises(Failed, match=r"^a: its server was started again"):
        traffic.add("a", replace(FIRST, start=2e9))


def after_burst(milliseconds: float, photos: int = 16) -> Reading:
    return replace(FIRST, cpu_seconds=10 + photos * milliseconds / 1000, photos=1000 + photos)


def test_the_cost_of_a_photo() -> None:
    costs = Costs(enough=4)
    assert costs.milliseconds is None
    for name, values in {"a": (4, 4, 4, 12), "b": (3, 5, 5, 7), "c": (8, 30, 8, 8), "d": (100, 100, 100)}.items():
        for milliseconds in values:
            costs.add(name, FIRST, after_burst(milliseconds), photos=16)
    for photos in (8, 17, 40):  # some were shed, or others sent some that are larger
        costs.add("c", FIRST, after_burst(1, photos), photos=16)
    assert costs.milliseconds == pytest.approx(5)  # the median of 4, 5 and 8: three bursts say too little of d


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (None, "8.200 ms of processor time a photo (measured), no version before to compare with"),
        ("of the commit before", "no version before to compare with"),
        ("0.000 ms of processor time", "no version before to compare with"),
        ("8.2 ms of processor time a photo, commit 1", "1.00 times that of the version before"),
        ("6 ms", "1.37 times that"),
        ("20.500 ms", "0.40 times that"),
    ],
)
def test_a_cost_that_is_good_enough(message: str | None, words: str) -> None:
    assert words in compare_cost(8.2, message, 1.5)


def test_a_cost_that_is_too_high() -> None:
    with pytest.raises(Failed) as failed:
        compare_cost(8.2, "4.123 ms of processor time a photo, commit 1", 1.5)
    assert str(failed.value) == (
        "a photo costs 8.2 ms of processor time, 2.0 times the 4.1 ms of the version before; at most 1.5 times is "
        "allowed (SERVING_MOST_COST in manifests/base/smoke-job.yaml)"
    )
