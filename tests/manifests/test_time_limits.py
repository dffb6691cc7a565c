"""All times of a rollout follow from one figure: how long a pod may take until it is ready."""

from typing import Any

from argocd.steward.time_limits import READY_SECONDS, SYNC_SECONDS, VERDICT_SECONDS
from tests.smoke import gate, rollout, service

from .conftest import find, render

Objects = list[dict[str, Any]]
RED_SECONDS = 90  # the bar: from a bad commit to its verdict
SEEN_SECONDS = 30  # measured: until a commit is seen and applied, its pod is scheduled, and Argo CD's retry


def server(manifests: Objects) -> dict[str, Any]:
    container: dict[str, Any]
    (container,) = find(manifests, "InferenceService")["spec"]["predictor"]["containers"]
    return container


def test_a_bad_commit_is_red_in_time() -> None:
    assert SEEN_SECONDS + READY_SECONDS <= RED_SECONDS


def test_the_gates_reason_is_there_before_the_stewards(manifests: Objects) -> None:
    startup = server(manifests)["startupProbe"]
    assert startup["timeoutSeconds"] == READY_SECONDS
    assert startup["failureThreshold"] == 1
    ends = startup["terminationGracePeriodSeconds"]
    assert gate.START_SECONDS + ends + startup["periodSeconds"] < READY_SECONDS


def test_the_smoke_test_waits_as_long_as_the_steward() -> None:
    assert rollout.READY_SECONDS == READY_SECONDS


def test_a_verdict_is_waited_for_until_the_smoke_test_has_ended() -> None:
    assert SEEN_SECONDS + READY_SECONDS + rollout.READY_SECONDS < VERDICT_SECONDS


def test_argocd_ends_no_sync_that_may_still_have_a_verdict() -> None:
    settings = find(render("argocd/local/settings"), "ConfigMap", "argocd-cmd-params-cm")["data"]
    assert int(settings["controller.sync.timeout.seconds"]) == SYNC_SECONDS
    assert SYNC_SECONDS > VERDICT_SECONDS + service.CHECK_SECONDS
