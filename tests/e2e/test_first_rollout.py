"""Nothing has ever served here (conftest.py runs this first)."""

import pytest

from model.settings import NAME, NAMESPACE

from .commands import condition, eventually, kubectl, read, ready_pods
from .delivery import Delivery


@pytest.mark.ci
def test_first_ever_rollout_is_bad_then_fixed(delivery: Delivery, good_tag: str) -> None:
    kubectl("-n", "argocd", "delete", "application", NAME, "--ignore-not-found")
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s", timeout=150)
    bad = delivery.bump("never-built")
    print(delivery.hack("up", "--no-rollout"))
    verdict = delivery.verdict(bad, timeout=90)
    assert verdict.color == "red", verdict.text
    assert "not found" in verdict.text
    verdict = delivery.verdict(delivery.bump(good_tag), timeout=600)  # the node pulls the image for the first time
    assert verdict.color == "green", verdict.text
    assert "not measured: the bake was too short" in kubectl("-n", NAMESPACE, "logs", f"job/{NAME}-smoke")


@pytest.mark.ci
def test_what_a_person_sees(delivery: Delivery, released: str) -> None:
    isvc = kubectl("get", "isvc", NAME, "-n", NAMESPACE)
    print(isvc)
    assert "True" in isvc
    status = read("application", NAME, "-n", "argocd")["status"]
    print(f"Argo CD: {status['sync']['status']}, {status['health']['status']}")
    assert (status["sync"]["status"], status["health"]["status"]) == ("Synced", "Healthy")
    table = kubectl("-n", NAMESPACE, "logs", f"job/{NAME}-smoke")
    print(table)
    assert "GREEN" in table
    assert released in table
    assert "golden photos answered right in 5 s" in table
    assert "claimed" in table
    assert condition("Proven")["status"] == "True"
    eventually("two pods are ready", lambda: len(ready_pods()) >= 2)
