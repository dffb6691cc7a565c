"""Nothing reads as proven before it is, and what is good is proven, also where the node has much to do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from model.settings import IMAGE, NAME

from .changes import replace, set_memory
from .commands import condition, eventually, kubectl, read_state
from .delivery import INFERENCESERVICE, SMOKE_JOB, Delivery
from .images import build_image
from .load_client import CLIENTS, LoadClient
from .verdicts import red_then_green

BAKE_SECONDS = 30
TIMES = 10
SPIN = "import os\nos.fork(); os.fork()\nwhile True: pass"  # four processes


def proven() -> tuple[str, str]:
    found = condition("Proven")
    return found.get("status", ""), found.get("reason", "")


def assert_reads_as_proven(commit: str) -> None:
    eventually("Proven is True", lambda: proven() == ("True", "SmokeTestPassed"), 15)
    assert commit in condition("Proven")["message"]
    assert read_state().health == "Healthy"


@pytest.mark.ci
def test_nothing_reads_as_proven_during_the_bake(delivery: Delivery, client: LoadClient, released: str) -> None:
    commit = delivery.bump(build_image(released, "another good one"), BAKE_SECONDS)
    eventually("the judge is at work", lambda: proven() == ("Unknown", "Proving"), 90)
    eventually("Argo CD says Progressing", lambda: read_state().health == "Progressing", 15)
    assert delivery.verdict(commit, timeout=1).color == "unknown"
    assert proven() == ("Unknown", "Proving")
    verdict = delivery.verdict(commit)
    assert verdict.color == "green", verdict.text
    assert_reads_as_proven(commit)
    assert re.match(rf"[0-9.]+ ms .*{commit[:12]}", condition("PhotoCost")["message"])
    back = delivery.verdict(delivery.revert())
    assert back.color == "green", back.text


@pytest.mark.ci
def test_nothing_reads_as_proven_after_a_smoke_test_that_failed(delivery: Delivery, client: LoadClient) -> None:
    """Nothing else is wrong with this commit: its pods are those that are proven."""
    commit = delivery.edit(SMOKE_JOB, replace('value: "1.5"', 'value: "none"'), "Bad: the smoke test alone")
    with red_then_green(delivery, commit, f"Job/{NAME}-smoke"):
        eventually("Proven is False", lambda: proven() == ("False", "SmokeTestFailed"), 15)
        eventually("Argo CD says Progressing", lambda: read_state().health == "Progressing", 15)
    assert_reads_as_proven(delivery.head())


@contextmanager
def busy_node(tag: str) -> Iterator[None]:
    """A pod without a CPU request that takes all that others leave, as Argo CD's own pods have none either.

    It sends no requests: those would make the autoscaler want more pods, which is another test's business.
    """
    container = {"name": "busy", "image": f"{IMAGE}:{tag}", "command": ["python", "-c", SPIN]}
    pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "busy", "namespace": CLIENTS}}
    pod["spec"] = {"containers": [container], "terminationGracePeriodSeconds": 0, "activeDeadlineSeconds": 1800}
    kubectl("apply", "-f", "-", input=json.dumps(pod))
    try:
        yield
    finally:
        kubectl("-n", CLIENTS, "delete", "pod", "busy", "--ignore-not-found", "--wait")


def test_ten_good_releases_on_a_busy_node(delivery: Delivery, client: LoadClient, released: str) -> None:
    before = (delivery.folder / INFERENCESERVICE).read_text()
    verdicts = []
    with busy_node(released):
        for number in range(TIMES):
            commit = delivery.edit(INFERENCESERVICE, set_memory(f"{700 + number}Mi", 1), f"The same image, {number}")
            verdicts.append(delivery.verdict(commit))
    back = delivery.verdict(delivery.edit(INFERENCESERVICE, lambda _: before, "As before"))
    print(f"seconds until green = {[round(verdict.seconds) for verdict in verdicts]}")
    assert [verdict.color for verdict in verdicts] == ["green"] * TIMES
    assert back.color == "green", back.text
