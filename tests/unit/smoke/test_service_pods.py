"""One pod of the PostSync smoke test."""

from dataclasses import replace

import pytest

from tests.smoke.client import Client
from tests.smoke.cluster import Cluster, read_pod
from tests.smoke.expected import Expected
from tests.smoke.service import check_pod
from tests.smoke.subject import Subject
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import NODE_LOST, PODS, pod
from tests.unit.smoke.stand_in import StandIn

Patch = pytest.MonkeyPatch


@pytest.fixture
def nobody(cluster: Cluster, expected: Expected) -> Subject:
    """Pods that refuse connections."""
    return Subject(Client("http://127.0.0.1:1", timeout=1), cluster, IMAGE, expected, pod_port=1)


def test_a_pod_that_was_removed_meanwhile(api: ApiServer, nobody: Subject) -> None:
    removed = read_pod(pod("a"))
    assert [row.holds for row in check_pod(nobody, removed)] == [False] * 6
    api.objects[PODS] = {"items": [pod("b")]}
    (row,) = check_pod(nobody, removed)
    assert (row.holds, row.seen) == (True, "gone during the test")


def test_a_pod_on_a_lost_node(api: ApiServer, nobody: Subject) -> None:
    """It stays listed for minutes."""
    api.objects[PODS] = {"items": [pod("a", conditions=NODE_LOST), pod("b")]}
    (row,) = check_pod(nobody, read_pod(pod("a")))
    assert row.holds


def test_addresses_of_both_kinds(nobody: Subject) -> None:
    assert nobody.client(read_pod(pod("a", podIP="10.1.2.3"))).url == "http://10.1.2.3:1"
    assert nobody.client(read_pod(pod("a", podIP="fd00::7"))).url == "http://[fd00::7]:1"


def test_pods_are_shown_the_services_key(nobody: Subject) -> None:
    keyed = replace(nobody, service=replace(nobody.service, key_file="/keys/keys"))
    assert keyed.client(read_pod(pod("a", podIP="10.1.2.3"))) == replace(keyed.service, url="http://10.1.2.3:1")


@pytest.mark.parametrize(("depth", "work", "is_busy"), [(0, 1.0, False), (4, 1.0, True), (4, 0.0, False)])
def test_a_server_is_not_slow_while_it_works_for_others(
    cluster: Cluster,
    client: Client,
    server: StandIn,
    expected: Expected,
    depth: int,
    work: float,
    is_busy: bool,
    monkeypatch: Patch,
) -> None:
    """One that sleeps while requests wait is slow."""
    monkeypatch.setattr("tests.smoke.readings.WORK_SECONDS", 0.1)
    monkeypatch.setattr("tests.smoke.checks.RETRY_SECONDS", 0)
    monkeypatch.setattr("tests.smoke.checks.SLOW_SECONDS", 0.01)
    server.queue_depth, server.work = depth, work
    server.delays = [0.0] * (len(expected.goldens) + 1) + [0.3] * 5
    subject = Subject(client, cluster, IMAGE, expected, server.port)
    quick = next(row for row in check_pod(subject, read_pod(pod("a"))) if row.check == "quick")
    assert quick.holds is is_busy
    assert quick.seen.startswith("not measured: too slow: " if is_busy else "too slow: ")
    assert quick.seen.endswith("others wait too") is is_busy
