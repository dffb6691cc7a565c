"""What watches catdog: Argo CD delivers it, Prometheus has what the rules read, and alerts arrive as mails.

All four faults are there at once. So that it takes minutes, the commit that brings them changes three rules:
ClassMixDrift (10 minutes), AccuracyBelowClaim (5) and HighDisk (5) must hold for 1 minute only, and HighDisk is about
1 % of a disk in use instead of 85 %, because a disk that is really full would harm the machine that tests.
HighErrorRate is as it is. The drifted stream is the client of these tests: it sends one and the same photo.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hack.live.prober_photos import NAME as PHOTOS
from model.contract.golden import golden_png
from tests.manifests.test_rules import ALERTS, RULES

from .changes import edit_yaml
from .commands import eventually, kubectl, read
from .delivery import CLAIMS, KUSTOMIZATION, Delivery, Edit, set_tag
from .images import build_image
from .load_client import LoadClient
from .monitoring import find_mail, query, read_selectors

FOLDER = "manifests/monitoring/rules"
PHOTO_COUNT = 60  # the faulty server answers three in four of them, and the rule asks for 20 answers
MAIL_SECONDS = 900
A_DAY = "it compares with the days before, and this cluster is younger"
EMPTY = {  # rules whose expressions find nothing here, and why
    "catdog:image_pixels:increase_before": A_DAY,
    "catdog:image_pixels:distance": A_DAY,
    "catdog:image_pixels:threshold": A_DAY,
    "catdog:image_brightness:increase_before": A_DAY,
    "catdog:image_brightness:distance": A_DAY,
    "catdog:image_brightness:threshold": A_DAY,
    "PhotoSizeDrift": A_DAY,
    "PhotoBrightnessDrift": A_DAY,
    "ApplicationDegraded": "Argo CD names the health that an Application has, and all are healthy",
    "ApplicationOutOfSync": "likewise, and all are synced",
    "PodCrashLooping": "no container is in CrashLoopBackOff",
}


@pytest.fixture(scope="module")
def monitoring(delivery: Delivery, session_client: LoadClient) -> None:
    """It is there, as git says it, and mails are sent anew: an alert that fires on would bring none for 4 hours."""
    print(delivery.hack("up", "--no-rollout", "--monitoring"))
    kubectl("-n", "catdog", "delete", "configmap", PHOTOS, "--ignore-not-found")
    kubectl("-n", "monitoring", "delete", "pod", "-l", "app.kubernetes.io/name in (alertmanager, mail)")
    eventually("Argo CD has delivered it", lambda: is_delivered(delivery.head()), 300)


def is_delivered(commit: str) -> bool:
    status = read("application", "catdog-monitoring", "-n", "argocd").get("status", {})
    sync = status.get("sync", {})
    healthy = (sync.get("status"), status.get("health", {}).get("status")) == ("Synced", "Healthy")
    return healthy and sync.get("revision") == commit


def without_kube_state_metrics() -> dict[str, str]:
    """Rules that find nothing where this is left out."""
    if kubectl("-n", "monitoring", "get", "deployment", "kube-state-metrics", "--ignore-not-found"):
        return {}
    return {name: "there is no kube-state-metrics here" for name, rule in ALERTS.items() if "kube_" in rule["expr"]}


def read_expressions() -> dict[str, set[str]]:
    """What is looked for, by rule: what it records; of an alert what it reads, because what it finds makes it fire."""
    recorded = {rule["record"]: {rule["expr"]} for rule in RULES if "record" in rule}
    return recorded | {name: read_selectors(rule["expr"]) for name, rule in ALERTS.items()}


def find_empty(expressions: dict[str, set[str]]) -> set[str]:
    """Rules that have an expression which finds nothing."""
    found = {expression: query(expression) for expression in set[str]().union(*expressions.values())}
    return {name for name, each in expressions.items() if not all(found[expression] for expression in each)}


def assert_none(what: set[str]) -> bool:
    assert not what, sorted(what)
    return True


def test_every_monitor_has_targets_which_answer(monitoring: None) -> None:
    names = [each["metadata"]["name"] for each in read("podmonitors", "-n", "catdog")["items"]]
    assert len(names) == 4

    def silent() -> set[str]:
        up = {name: [each["value"][1] for each in query(f'up{{job="catdog/{name}"}}')] for name in names}
        return {name for name, values in up.items() if set(values) != {"1"}}

    eventually("all targets are up", lambda: assert_none(silent()), 180)


def test_every_rule_finds_something_or_is_excused(monitoring: None) -> None:
    """A cluster older than a day has more: then remove it (hack/e2e --fresh), or the test is right to fail."""
    expressions, excused = read_expressions(), EMPTY | without_kube_state_metrics()
    eventually("each rule finds something", lambda: assert_none(find_empty(expressions) - excused.keys()), 300)
    eventually("no excuse is wrong", lambda: assert_none(excused.keys() - find_empty(expressions)), 120)


def shorten(alert: str, before: str = "", after: str = "") -> Edit:
    """The alert fires after 1 minute; with other words in its expression, if there are any."""

    def change(content: dict[str, Any]) -> None:
        rules = [rule for group in content["spec"]["groups"] for rule in group["rules"]]
        (rule,) = [rule for rule in rules if rule.get("alert") == alert]
        assert before in rule["expr"]
        rule.update({"for": "1m", "expr": rule["expr"].replace(before, after)})

    return edit_yaml(change)


def write_photos(folder: Path, classes: list[str]) -> Path:
    """Drawings in folders of classes: the model takes each for something, and half of them are in another folder."""
    for number in range(PHOTO_COUNT):
        path = folder / classes[number % len(classes)] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(golden_png(number, 96))
    return folder


@pytest.fixture(scope="module")
def faults(
    monitoring: None, delivery: Delivery, released: str, session_client: LoadClient, tmp_path_factory: Any
) -> Iterator[None]:
    """A server that passes its judge and fails later, and labelled photos in wrong folders."""
    quiet = 'ALERTS{alertname=~"HighErrorRate|AccuracyBelowClaim"}'
    eventually("neither alert is there before its fault", lambda: not query(quiet), 600)
    session_client.assert_nothing_lost()
    classes = json.loads((delivery.folder / CLAIMS).read_text())["classes"]
    delivery.hack("prober-photos", str(write_photos(tmp_path_factory.mktemp("photos"), classes)), "--apply")
    rules = {
        f"{FOLDER}/model.yaml": shorten("AccuracyBelowClaim"),
        f"{FOLDER}/drift.yaml": shorten("ClassMixDrift"),
        f"{FOLDER}/nodes.yaml": shorten("HighDisk", "> 0.85", "> 0.01"),
    }
    tag = build_image(released, "fails later")
    verdict = delivery.verdict(delivery.edit_files(rules | {KUSTOMIZATION: set_tag(tag)}, "Bad: four faults at once"))
    try:
        assert verdict.color == "green", verdict.text
        yield
    finally:
        kubectl("-n", "catdog", "delete", "configmap", PHOTOS, "--ignore-not-found")
        back = delivery.verdict(delivery.revert())
        session_client.excuse_losses("1 in 4 failed until the revert was green")
    assert back.color == "green", back.text


@pytest.mark.parametrize("alert", ["HighErrorRate", "AccuracyBelowClaim", "ClassMixDrift", "HighDisk"])
def test_an_alert_arrives_as_a_mail(faults: None, alert: str) -> None:
    rule = ALERTS[alert]
    subject = f"[{rule['labels']['severity'].upper()}] catdog: {alert}"
    mail = eventually(f"the mail of {alert}", lambda: find_mail(subject), MAIL_SECONDS)
    print(mail.subject, mail.text, sep="\n")
    assert rule["annotations"]["summary"] in mail.text
    assert f"Runbook: {rule['annotations']['runbook_url']}\n" in mail.text.replace("\r\n", "\n")
    assert "no value" not in mail.text
