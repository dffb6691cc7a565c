"""What the steward writes into the cluster, and when."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from argocd.steward.api import Api
from argocd.steward.names import APPLICATION, DEPLOYMENT, DEPLOYMENTS, PODS, SELECTOR, SERVICE
from argocd.steward.reconcile import SyncSupervisor, report_rollout
from tests.unit.kubernetes_stand_in import ApiServer

PROJECT = Path(__file__).resolve().parents[3]
CONDITION = {
    "type": "RolloutFailed",
    "status": "True",
    "severity": "Info",
    "reason": "Error",
    "message": "new-x: exit status 1: no model",
}
READY = {"type": "Ready", "status": "True"}
BAD, FIX, REVERT = "b" * 40, "f" * 40, "e" * 40


def fill(server: ApiServer, *conditions: dict[str, Any], crashed: bool = True) -> None:
    """A rollout whose new pod has crashed, or is still starting."""
    now = datetime.now(UTC)
    ended = {"lastState": {"terminated": {"reason": "Error", "exitCode": 1, "message": "no model"}}}
    pod = {
        "metadata": {"name": "new-x", "ownerReferences": [{"name": "new"}], "creationTimestamp": now.isoformat()},
        "status": {"containerStatuses": [ended] if crashed else []},
    }
    server.objects |= {
        SERVICE: {"metadata": {"resourceVersion": "7"}, "status": {"conditions": list(conditions)}},
        f"{SERVICE}/status": {},
        DEPLOYMENT: {"metadata": {"generation": 2}},
        f"{DEPLOYMENTS}/replicasets?{SELECTOR}": {"items": [{"metadata": {"name": "new"}}]},
        f"{PODS}?{SELECTOR}": {"items": [pod]},
    }


def written(seconds_ago: float) -> dict[str, Any]:
    """The condition as the steward wrote it some time ago."""
    moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return CONDITION | {"lastTransitionTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_a_failing_rollout_gets_its_condition(api: Api, server: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    fill(server, READY)
    report_rollout(api)
    ((path, change),) = server.patches
    assert path == f"{SERVICE}/status"
    assert change["metadata"] == {"resourceVersion": "7"}
    ready, condition = change["status"]["conditions"]
    assert ready == READY
    assert datetime.now(UTC) - datetime.fromisoformat(condition.pop("lastTransitionTime")) < timedelta(seconds=30)
    assert condition == CONDITION
    assert capsys.readouterr().out == "rollout: Error: new-x: exit status 1: no model\n"


@pytest.mark.parametrize(("seconds_ago", "patches"), [(3, 0), (15, 1)])
def test_the_condition_is_renewed_before_it_is_too_old_to_be_believed(
    api: Api, server: ApiServer, seconds_ago: float, patches: int
) -> None:
    fill(server, written(seconds_ago))
    report_rollout(api)
    assert len(server.patches) == patches


def test_another_failure_is_written_at_once(api: Api, server: ApiServer) -> None:
    fill(server, written(1) | {"message": "old-x: exit status 2"})
    report_rollout(api)
    ((_, change),) = server.patches
    assert [c["message"] for c in change["status"]["conditions"]] == [CONDITION["message"]]


def test_the_condition_is_removed_when_pods_no_longer_fail(
    api: Api, server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(server, READY, written(3), crashed=False)
    report_rollout(api)
    ((_, change),) = server.patches
    assert change["status"]["conditions"] == [READY]
    assert capsys.readouterr().out == "rollout: no longer failing\n"


def test_nothing_is_written_while_nothing_fails(api: Api, server: ApiServer) -> None:
    report_rollout(api)  # there is no InferenceService yet
    fill(server, READY, crashed=False)
    report_rollout(api)
    assert server.patches == []


def application(phase: str, synced: str, newest: str, sync: str = "Synced") -> dict[str, Any]:
    operation = {"phase": phase, "syncResult": {"revision": synced}, "startedAt": "2026-01-31T12:00:00Z"}
    status = {
        "operationState": operation,
        "sync": {"revision": newest, "status": sync},
        "health": {"status": "Healthy"},
        "reconciledAt": "2026-01-31T12:00:05Z",
    }
    return {"metadata": {"resourceVersion": "9"}, "spec": {}, "status": status}


def observe(api: Api, server: ApiServer, supervisor: SyncSupervisor, *states: dict[str, Any]) -> list[Any]:
    """The patches after these states were observed one after the other."""
    for state in states:
        server.objects[APPLICATION] = state
        supervisor.reconcile(api)
    return server.patches


def test_a_superseded_sync_is_ended_when_two_observations_agree(
    api: Api, server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor, running = SyncSupervisor(), application("Running", BAD, FIX, "OutOfSync")
    assert observe(api, server, supervisor, running) == []
    ending = {"metadata": {"resourceVersion": "9"}, "status": {"operationState": {"phase": "Terminating"}}}
    assert observe(api, server, supervisor, running) == [(APPLICATION, ending)]
    assert capsys.readouterr().out == f"application: superseded {FIX}\n"
    assert len(observe(api, server, supervisor, running)) == 1  # two new observations are needed for another patch
    assert len(observe(api, server, supervisor, running)) == 2


def test_an_unproven_revert_is_synced(api: Api, server: ApiServer) -> None:
    unproven = application("Failed", BAD, REVERT)
    ((path, change),) = observe(api, server, SyncSupervisor(), unproven, unproven)
    assert (path, change["operation"]["sync"]["revision"]) == (APPLICATION, REVERT)


def test_observations_that_do_not_agree_change_nothing(api: Api, server: ApiServer) -> None:
    unproven, running = application("Failed", BAD, REVERT), application("Running", BAD, REVERT, "OutOfSync")
    proven, newer = application("Succeeded", FIX, FIX), application("Failed", BAD, "a" * 40)
    SyncSupervisor().reconcile(api)  # there is no Application yet
    states = (unproven, running, unproven, newer, proven, newer)
    assert observe(api, server, SyncSupervisor(), *states) == []


def test_the_program_goes_on_after_an_error(server: ApiServer) -> None:
    server.refusal = 500
    program = (
        f"from pathlib import Path; from argocd.steward.__main__ import main; main(Path({str(server.account)!r}), 0)"
    )
    steward = subprocess.Popen(
        [sys.executable, "-u", "-c", program], cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **server.environment},
    )  # fmt: skip
    assert steward.stdout is not None
    for path in (SERVICE, SERVICE, APPLICATION, SERVICE):  # the rollout, the proof, the sync, and what is told of it
        assert steward.stdout.readline().startswith(f"will try again: GET {path}: 500 ")
    fill(server)
    server.refusal = 0
    while not steward.stdout.readline().startswith("rollout: Error: new-x"):
        assert steward.poll() is None
    steward.send_signal(signal.SIGINT)
    steward.communicate(timeout=10)
    assert server.patches[0][1]["metadata"] == {"resourceVersion": "7"}
