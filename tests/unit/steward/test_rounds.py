"""Rounds of one steward, and of two at the same time."""

import threading

import pytest

from argocd.steward.__main__ import run_round
from argocd.steward.api import Api
from argocd.steward.metrics import Metrics
from argocd.steward.names import APPLICATION, SERVICE
from argocd.steward.proof import PROVEN
from argocd.steward.reconcile import CONDITION, SyncSupervisor
from tests.unit.kubernetes_stand_in import ApiServer

SUPERSEDED = {
    "metadata": {"resourceVersion": "9"},
    "spec": {},
    "status": {
        "operationState": {
            "phase": "Running",
            "syncResult": {"revision": "b" * 40},
            "startedAt": "2026-01-31T12:00:00Z",
        },
        "sync": {"revision": "f" * 40, "status": "OutOfSync"},
        "health": {"status": "Progressing"},
        "reconciledAt": "2026-01-31T12:00:05Z",
    },
}


def test_two_that_see_the_same_change_it_once(server: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.objects[APPLICATION] = SUPERSEDED
    both = [(Api(server.account), SyncSupervisor(), Metrics()) for _ in range(2)]
    for steward in both:
        run_round(*steward)
    assert server.patches == []  # each has seen it once
    server.before_patch = threading.Barrier(2, timeout=20).wait  # both have read before either writes
    threads = [threading.Thread(target=run_round, args=steward) for steward in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path for path, _ in server.patches] == [APPLICATION]
    assert sorted(metrics.conflicts for _, _, metrics in both) == [0, 1]
    assert [metrics.errors for _, _, metrics in both] == [0, 0]
    assert "will try again" not in capsys.readouterr().out


def test_an_outage_is_counted_and_the_round_ends(
    api: Api, server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.refusal, metrics = 500, Metrics()
    run_round(api, SyncSupervisor(), metrics)
    assert (metrics.rounds, metrics.errors, metrics.conflicts) == (1, 4, 0)
    assert capsys.readouterr().out.count("will try again: GET ") == 4


@pytest.mark.parametrize(("status", "expected"), [("True", True), ("Unknown", False)])
@pytest.mark.parametrize("kind", [CONDITION, PROVEN])
def test_what_is_written_is_told_whoever_wrote_it(
    api: Api, server: ApiServer, kind: str, status: str, expected: bool
) -> None:
    metrics = Metrics()
    server.objects[SERVICE] = {"status": {"conditions": [{"type": kind, "status": status}]}}
    run_round(api, SyncSupervisor(), metrics)
    says = {CONDITION: metrics.is_rollout_failing, PROVEN: metrics.is_proven}
    assert says == {CONDITION: False, PROVEN: False, kind: expected}
    server.objects[SERVICE] = {"status": {}}
    run_round(api, SyncSupervisor(), metrics)
    assert (metrics.is_rollout_failing, metrics.is_proven) == (False, False)
