"""Every bad commit is red in time and for its own reason, loses no request, and is green again after its revert."""

import re
from collections.abc import Callable

import pytest

from .delivery import INFERENCESERVICE, KUSTOMIZATION, SMOKE_JOB, Delivery
from .images import build_image
from .load_client import LoadClient

RED_SECONDS = 90

ci = pytest.mark.ci

IMAGES = [
    pytest.param("process exits at once", "out of order", marks=ci),
    pytest.param("model file missing", "catdog.pt"),
    pytest.param("model file corrupt", "catdog.pt"),
    pytest.param("another revision", f"revision {'0' * 40}, the commit claims", marks=ci),
    pytest.param("swaps the labels", "golden answer 1 is wrong"),
    pytest.param("every predict fails", "a prediction answers 500", marks=ci),
    pytest.param("far too slow", "too slow"),
    pytest.param("never ready", "not ready"),
]


def limit_memory(text: str) -> str:
    return re.sub(r"memory: \S+", "memory: 64Mi", text)


def request_memory(text: str) -> str:
    return re.sub(r"memory: \S+", "memory: 100Gi", text, count=1)


def edit(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after)


CHANGES = {
    "tag that does not exist": (KUSTOMIZATION, edit("newTag: ", "newTag: no-such-"), "not found"),
    "memory limit too small": (INFERENCESERVICE, limit_memory, "OOMKilled|exit status 137"),
    "broken YAML": (INFERENCESERVICE, lambda text: text + "  - nonsense\n", "yaml|YAML"),
    "invalid manifest": (INFERENCESERVICE, edit("minReplicas: 2", "minReplicas: two"), "minReplicas"),
    "request above the limit": (INFERENCESERVICE, request_memory, "must be less than or equal"),
    "wrong readiness path": (INFERENCESERVICE, edit("/app/smoke/ready.py", "/app/smoke/nothing.py"), "not ready after"),
    "only the smoke test, which fails": (SMOKE_JOB, edit("smoke, service", "smoke, nothing"), "Job/catdog-smoke"),
    "other classes": (INFERENCESERVICE, edit('["cat", "dog"]', '["cat", "owl"]'), "dog came, owl went"),
    "manifests that are not there": (KUSTOMIZATION, edit("  - rbac.yaml", "  - nothing.yaml"), "nothing.yaml"),
}


CI_CHANGES = {"tag that does not exist", "broken YAML", "wrong readiness path", "only the smoke test, which fails"}


def assert_red_then_green(delivery: Delivery, client: LoadClient, commit: str, reason: str) -> None:
    verdict = delivery.verdict(commit, timeout=RED_SECONDS)
    try:
        assert verdict.color == "red", verdict.text
        assert any(part in verdict.text for part in reason.split("|")), (
            f"red, but not because of {reason!r}: {verdict.text}"
        )
    finally:
        back = delivery.verdict(delivery.revert())
    assert back.color == "green", back.text


@pytest.mark.parametrize(("fault", "reason"), IMAGES)
def test_bad_image(delivery: Delivery, client: LoadClient, released: str, fault: str, reason: str) -> None:
    tag = build_image(released, fault)
    assert_red_then_green(delivery, client, delivery.bump(tag), reason)
    assert not {tag, "0" * 40} & client.revisions(), "a pod that was never proven has answered"


@pytest.mark.parametrize("what", [pytest.param(what, marks=ci if what in CI_CHANGES else ()) for what in CHANGES])
def test_bad_manifest(delivery: Delivery, client: LoadClient, what: str) -> None:
    file, change, reason = CHANGES[what]
    assert_red_then_green(delivery, client, delivery.edit(file, change, f"Bad: {what}"), reason)


@ci
def test_fix_is_taken_up_while_the_bad_sync_runs(delivery: Delivery, client: LoadClient, released: str) -> None:
    delivery.bump(build_image(released, "never ready"))
    assert delivery.verdict(delivery.head(), timeout=10).color == "unknown"
    verdict = delivery.verdict(delivery.revert(), timeout=60)
    assert verdict.color == "green", verdict.text
    assert verdict.seconds < 45
