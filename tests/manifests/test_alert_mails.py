"""Where alerts go, which of them are silent beside a worse one, and what their mails say."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import find, render
from .test_rules import ALERTS, read_cases

ROUTE = {"receiver", "groupBy", "groupWait", "groupInterval", "repeatInterval"}
ALERT = {
    "status": "firing",
    "labels": {
        "alertname": "HighDisk",
        "namespace": "catdog",
        "environment": "staging",
        "severity": "critical",
        "instance": "node-1",
    },
    "annotations": {"summary": "The disk is full.", "description": "90 % are used.", "runbook_url": "https://run/book"},
    "startsAt": "2026-01-31T12:00:00Z",
    "endsAt": "2026-01-31T13:30:00Z",
    "generatorURL": "https://prometheus/graph?g0.expr=1",
}


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return find(render("manifests/monitoring"), "AlertmanagerConfig")


@pytest.fixture(scope="module")
def mail(config: dict[str, Any]) -> dict[str, Any]:
    (receiver,) = config["spec"]["receivers"]
    assert receiver.keys() == {"name", "emailConfigs"}
    found: dict[str, Any]
    (found,) = receiver["emailConfigs"]
    return found


def fired(name: str) -> list[dict[str, str]]:
    """The labels of an alert each time that it fires in promtool's tests."""
    return [alert["exp_labels"] for alerts in read_cases(name) for alert in alerts]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_goes_to_the_mail(config: dict[str, Any], name: str) -> None:
    """The operator lets a route have the alerts of its own namespace; this route asks for nothing else."""
    assert ALERTS[name]["labels"]["namespace"] == config["metadata"]["namespace"]
    route = config["spec"]["route"]
    assert route.keys() == ROUTE
    assert route["receiver"] == config["spec"]["receivers"][0]["name"]
    assert route["groupBy"] == ["alertname"]  # so that the alerts of a mail have one name, and one severity


def inhibits(rule: dict[str, Any], worse: dict[str, str], other: dict[str, str]) -> bool:
    """As Alertmanager decides it: what neither has is equal."""
    matched = zip((worse, other), (rule["sourceMatch"], rule["targetMatch"]), strict=True)
    matches = all(labels.get(each["name"]) == each["value"] for labels, matchers in matched for each in matchers)
    return matches and all(worse.get(name) == other.get(name) for name in rule["equal"])


def test_of_the_same_thing_the_critical_alert_is_enough(config: dict[str, Any]) -> None:
    (rule,) = config["spec"]["inhibitRules"]
    silenced = {
        (worse, other)
        for worse in ALERTS
        for other in ALERTS
        for one in fired(worse)
        for two in fired(other)
        if inhibits(rule, one, two)
    }
    warnings = {name for name, alert in ALERTS.items() if alert["labels"]["severity"] == "warning"}
    topics = {name: alert["labels"]["topic"] for name, alert in ALERTS.items()}
    expected = {
        (worse, other)
        for worse in ALERTS.keys() - warnings
        for other in warnings
        if topics[worse] == topics[other]
    }  # fmt: skip
    assert ("CriticalLatency", "HighLatency") in silenced
    assert silenced == expected


def test_another_node_or_pod_is_not_silent(config: dict[str, Any]) -> None:
    (rule,) = config["spec"]["inhibitRules"]
    for name, worse, other in (("instance", "CriticalCPU", "HighCPU"), ("pod", "PodCrashLooping", "PodNotReady")):
        one, two = ({**fired(alert)[0], name: "same"} for alert in (worse, other))
        assert inhibits(rule, one, two)
        assert not inhibits(rule, one, {**two, name: "another"})


def render_text(folder: Path, template: str, *statuses: str) -> str:
    """What Alertmanager makes of a template and alerts of these states."""
    if not shutil.which("amtool"):
        pytest.skip("amtool is not installed")
    (folder / "none.tmpl").write_text("")
    data = {
        "status": statuses[0],
        "alerts": [ALERT | {"status": status} for status in statuses],
        "commonLabels": ALERT["labels"],
    }
    (folder / "data.json").write_text(json.dumps(data))
    files = [f"--template.glob={folder}/*.tmpl", f"--template.data={folder}/data.json"]
    command = ["amtool", "template", "render", *files, f"--template.text={template}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("status", "subject"),
    [("firing", "[CRITICAL] catdog (staging): HighDisk"), ("resolved", "[RESOLVED] catdog (staging): HighDisk")],
)
def test_the_subject_says_how_bad_it_is_and_what(
    mail: dict[str, Any], tmp_path: Path, status: str, subject: str
) -> None:
    (header,) = mail["headers"]
    assert header["key"] == "Subject"
    assert render_text(tmp_path, header["value"], status) == subject


def test_the_text_says_what_to_do(mail: dict[str, Any], tmp_path: Path) -> None:
    assert mail["html"] == ""
    text = render_text(tmp_path, mail["text"], "firing", "resolved")
    firing, resolved = text.split("RESOLVED: ")
    for part in (firing, resolved):
        assert part.startswith("The disk is full.\n90 % are used.\n\nRunbook: https://run/book\n")
        assert "Since:   2026-01-31 12:00 UTC\n" in part
        assert "instance=node-1" in part
    assert "Until:   2026-01-31 13:30 UTC\n" in resolved
    assert "Until" not in firing


def test_the_end_of_an_alert_is_told_too(mail: dict[str, Any]) -> None:
    assert mail["sendResolved"] is True
