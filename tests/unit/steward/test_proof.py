"""When the steward writes what is proven, and what it writes of a photo's cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argocd.steward.api import Api, Conflict
from argocd.steward.application import ApplicationState
from argocd.steward.names import APPLICATION, SERVICE, SMOKE_PODS
from argocd.steward.proof import describe, report_proof
from tests.smoke.cost import compare_cost
from tests.smoke.service import write_cost
from tests.unit.kubernetes_stand_in import ApiServer
from tests.unit.steward.test_proof_states import CASES, NEXT, THIS, application

READY = {"type": "Ready", "status": "True"}
ROLLOUT_FAILED = {"type": "RolloutFailed", "status": "Unknown", "reason": "Unschedulable", "message": "no room"}
OLD_COST = {"type": "PhotoCost", "status": "True", "reason": "Measured", "message": "4.000 ms, of an earlier version"}
PROOF = f"commit {THIS}: every pod passed its checks and the bake"


def smoke_pod(cost: str | None, minutes: int = 0, phase: str = "Succeeded") -> dict[str, Any]:
    """A pod of the smoke test that was created so many minutes ago."""
    created = datetime.now(UTC) - timedelta(minutes=minutes)
    ended = {"exitCode": 0} | ({"message": cost} if cost is not None else {})
    return {
        "metadata": {"name": "catdog-smoke-x", "creationTimestamp": created.strftime("%Y-%m-%dT%H:%M:%SZ")},
        "status": {"phase": phase, "containerStatuses": [{"name": "smoke", "state": {"terminated": ended}}]},
    }


def fill(server: ApiServer, state: dict[str, Any], *conditions: dict[str, Any], pods: Any = ()) -> None:
    server.objects |= {
        APPLICATION: state,
        SERVICE: {"metadata": {"resourceVersion": "7"}, "status": {"conditions": list(conditions)}},
        f"{SERVICE}/status": {},
        SMOKE_PODS: {"items": list(pods)},
    }


def written(server: ApiServer) -> dict[str, dict[str, Any]]:
    """The conditions of the only patch, by type."""
    ((path, change),) = server.patches
    assert path == f"{SERVICE}/status"
    assert change["metadata"] == {"resourceVersion": "7"}
    conditions = change["status"]["conditions"]
    assert len({item["type"] for item in conditions}) == len(conditions)
    return {item["type"]: item for item in conditions}


def test_a_proof_is_written_with_its_cost(api: Api, server: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    proven = application("Succeeded", "Succeeded")
    fill(server, proven, READY, ROLLOUT_FAILED, OLD_COST, pods=[smoke_pod("cost: 4.123 ms\n")])
    assert report_proof(api) == "SmokeTestPassed"
    conditions = written(server)
    assert (conditions.pop("Ready"), conditions.pop("RolloutFailed")) == (READY, ROLLOUT_FAILED)
    for condition in conditions.values():
        moment = datetime.fromisoformat(condition.pop("lastTransitionTime"))
        assert abs(datetime.now(UTC) - moment) < timedelta(seconds=30)
        assert (condition.pop("status"), condition.pop("severity")) == ("True", "Info")
    assert conditions == {
        "Proven": {"type": "Proven", "reason": "SmokeTestPassed", "message": PROOF},
        "PhotoCost": {
            "type": "PhotoCost",
            "reason": "Measured",
            "message": f"4.123 ms of processor time a photo, commit {THIS}",
        },
    }
    assert capsys.readouterr().out == f"proof: SmokeTestPassed: {PROOF}\n"


def test_the_next_smoke_test_reads_what_this_one_measured(api: Api, server: ApiServer, tmp_path: Any) -> None:
    log = tmp_path / "termination-log"
    log.touch()
    write_cost(5.0, log)
    fill(server, application("Succeeded", "Succeeded"), pods=[smoke_pod(log.read_text())])
    report_proof(api)
    assert "2.00 times that of the version before" in compare_cost(10.0, written(server)["PhotoCost"]["message"], 3.0)


def test_only_the_newest_smoke_test_that_ended_well_counts(api: Api, server: ApiServer) -> None:
    pods = [
        smoke_pod("cost: 9.000 ms", minutes=30),
        smoke_pod("cost: 5.000 ms", minutes=10),
        smoke_pod("cost: 1.000 ms", minutes=5, phase="Failed"),  # evicted: another pod took its place
        smoke_pod("cost: 2.000 ms", minutes=1, phase="Running"),
    ]
    fill(server, application("Succeeded", "Succeeded"), pods=pods)
    report_proof(api)
    assert written(server)["PhotoCost"]["message"].startswith("5.000 ms ")


@pytest.mark.parametrize(
    "pods",
    [
        [],
        [smoke_pod(None)],
        [smoke_pod("")],
        [smoke_pod("cost: none")],
        [smoke_pod("the cost: 4.123 ms")],
        [smoke_pod("cost: 4.123 ms", minutes=9), smoke_pod("GREEN")],  # nothing of the version before that one
    ],
)
def test_without_a_figure_the_earlier_one_stays(api: Api, server: ApiServer, pods: list[Any]) -> None:
    fill(server, application("Succeeded", "Succeeded"), OLD_COST, pods=pods)
    assert report_proof(api) == "SmokeTestPassed"
    assert written(server)["PhotoCost"] == OLD_COST


@pytest.mark.parametrize("case", [name for name, (_, expected) in CASES.items() if expected and expected[0] != "True"])
def test_what_is_not_proven_leaves_the_cost_as_it_is(api: Api, server: ApiServer, case: str) -> None:
    state, expected = CASES[case]
    fill(server, state, OLD_COST, pods=[smoke_pod("cost: 9.000 ms")])
    assert expected is not None
    assert report_proof(api) == expected[1]
    assert written(server)["PhotoCost"] == OLD_COST


@pytest.mark.parametrize("case", CASES)
def test_what_is_there_already_is_not_written_again(api: Api, server: ApiServer, case: str) -> None:
    """Its time is that of the last change: the health check compares it with when the spec was applied."""
    state = CASES[case][0]
    present = describe(ApplicationState.read(state)) or {"type": "Ready"}
    fill(server, state, present | {"lastTransitionTime": "2026-01-31T12:00:00Z"}, pods=[smoke_pod("cost: 9.000 ms")])
    assert report_proof(api) is None
    assert server.patches == []


def test_the_same_of_another_commit_is_written(api: Api, server: ApiServer) -> None:
    present = describe(ApplicationState.read(application("Succeeded", "Succeeded")))
    assert present is not None
    before = present | {"message": present["message"].replace(THIS, NEXT)}
    fill(server, application("Succeeded", "Succeeded"), before)
    assert report_proof(api) == "SmokeTestPassed"
    assert written(server)["Proven"]["message"] == PROOF


@pytest.mark.parametrize("missing", [APPLICATION, SERVICE])
def test_nothing_is_written_where_an_object_is_missing(api: Api, server: ApiServer, missing: str) -> None:
    fill(server, application("Succeeded", "Succeeded"))
    del server.objects[missing]
    assert report_proof(api) is None
    assert server.patches == []


def test_a_service_that_was_written_meanwhile_is_a_conflict(api: Api, server: ApiServer) -> None:
    fill(server, application("Running"))
    server.before_patch = lambda: server.objects[SERVICE]["metadata"].update(resourceVersion="8")
    with pytest.raises(Conflict):
        report_proof(api)
    assert server.patches == []
