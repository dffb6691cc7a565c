"""All times of a rollout follow from two figures: how long a pod may take until it is ready, and the bake."""

from typing import Any

from argocd.steward.time_limits import BAKE_SECONDS, READY_SECONDS, SYNC_SECONDS, VERDICT_SECONDS
from tests.smoke import gate, pod, rollout
from tests.smoke.checks import CHECK_SECONDS
from tests.smoke.plan import Plan

from .conftest import find, render

Objects = list[dict[str, Any]]
RED_SECONDS = 90  # the bar: from a bad commit to its verdict
SEEN_SECONDS = 30  # measured: until a commit is seen and applied, and its pod is scheduled


def container(manifests: Objects, name: str) -> dict[str, Any]:
    containers = find(manifests, "InferenceService")["spec"]["predictor"]["containers"]
    found: dict[str, Any]
    (found,) = [each for each in containers if each["name"] == name]
    return found


def test_a_bad_commit_is_red_in_time() -> None:
    assert SEEN_SECONDS + READY_SECONDS <= RED_SECONDS


def test_the_judges_reason_is_there_before_the_stewards(manifests: Objects) -> None:
    probe = container(manifests, "judge")["readinessProbe"]
    assert gate.START_SECONDS + probe["periodSeconds"] < READY_SECONDS


def test_the_kubelet_does_not_give_up_before_the_judge(manifests: Objects) -> None:
    startup = container(manifests, "kserve-container")["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == READY_SECONDS > gate.START_SECONDS


def test_the_judge_answers_its_probe_in_time(manifests: Objects) -> None:
    """It asks the server, which may be busy."""
    probe = container(manifests, "judge")["readinessProbe"]
    assert probe["timeoutSeconds"] > pod.PROBE_SECONDS


def test_the_bake(manifests: Objects) -> None:
    """Its length is stated in manifests/base/smoke-job.yaml, for the smoke test, and once more for those who wait."""
    (smoke,) = find(manifests, "Job", "catdog-smoke")["spec"]["template"]["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in smoke["env"]}
    assert float(environment["SERVING_BAKE_SECONDS"]) == BAKE_SECONDS
    assert Plan.from_environment(environment).seconds == BAKE_SECONDS


def test_the_smoke_test_waits_as_long_as_the_steward() -> None:
    assert rollout.READY_SECONDS == READY_SECONDS


def test_a_verdict_is_waited_for_until_the_smoke_test_has_ended() -> None:
    assert SEEN_SECONDS + READY_SECONDS + rollout.READY_SECONDS + BAKE_SECONDS < VERDICT_SECONDS


def test_argocd_ends_no_sync_that_may_still_have_a_verdict() -> None:
    settings = find(render("argocd/local/settings"), "ConfigMap", "argocd-cmd-params-cm")["data"]
    assert int(settings["controller.sync.timeout.seconds"]) == SYNC_SECONDS
    assert SYNC_SECONDS > VERDICT_SECONDS + CHECK_SECONDS
