"""The rules of manifests/monitoring/rules: promtool reads them; each alert fires in a test and not in another."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PROJECT, find, render, render_part
from .dashboard import read_names

FOLDER = PROJECT / "manifests/monitoring/rules"
CASES = Path(__file__).parent / "rules"
RUNBOOK = "manifests/monitoring/runbook.md"
NAMES = [path.stem for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "kustomization"]
TESTS = sorted(CASES.glob("*.yaml"))


OBJECTS = render_part("manifests/monitoring/rules")


def read_groups(name: str) -> list[dict[str, Any]]:
    """The groups of a PrometheusRule, as Prometheus reads them."""
    groups: list[dict[str, Any]] = find(OBJECTS, "PrometheusRule", f"catdog-{name}")["spec"]["groups"]
    return groups


RULES = [rule for name in NAMES for group in read_groups(name) for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}


GIVEN = [test for path in TESTS for test in yaml.safe_load(path.read_text())["tests"]]


def read_cases(alert: str) -> list[list[dict[str, Any]]]:
    """What is expected of an alert, in each case of promtool's tests."""
    cases = [case for test in GIVEN for case in test["alert_rule_test"]]
    return [case["exp_alerts"] for case in cases if case["alertname"] == alert]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules in files for promtool; in the folder `bare` without annotations, whose text no test repeats."""
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    folder = tmp_path_factory.mktemp("rules")
    (folder / "bare").mkdir()
    for name in NAMES:
        groups = read_groups(name)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"groups": groups}))
        for group in groups:
            for rule in group["rules"]:
                rule.pop("annotations", None)
        (folder / "bare" / f"{name}.yaml").write_text(yaml.safe_dump({"groups": groups}))
    return folder


def promtool(*arguments: object) -> None:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_all_rules(extracted: Path) -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", *extracted.glob("*.yaml"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_promtool(extracted: Path, path: Path) -> None:
    copy = extracted / "bare" / f"test-{path.name}"
    shutil.copy(path, copy)
    promtool("test", "rules", copy)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("record") or rule["alert"])
def test_a_rule_reads_its_own_namespace(rule: dict[str, Any]) -> None:
    """One Prometheus may have several services; nodes are everybody's."""
    for metric in read_names(rule["expr"]):
        selectors = re.findall(rf"(?<![\w:\"]){re.escape(metric)}(?![\w:\"])(\{{[^}}]*\}})?", rule["expr"])
        assert selectors
        assert metric.startswith("node_") or all('namespace="catdog"' in each for each in selectors), metric


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_fires_in_a_case_and_does_not_in_another(name: str) -> None:
    cases = read_cases(name)
    assert any(cases)
    assert not all(cases)


@pytest.mark.parametrize("rule", ALERTS.values(), ids=ALERTS)
def test_an_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    labels, annotations = rule["labels"], rule["annotations"]
    assert labels["severity"] in {"critical", "warning"}
    assert labels["namespace"] == "catdog"  # whose AlertmanagerConfig gets it, whatever the alert is about
    assert labels["environment"] == "production"
    assert labels["topic"]
    assert annotations["summary"].endswith(".")
    assert annotations["description"].endswith(".")
    address, _, anchor = annotations["runbook_url"].partition("#")
    assert address == f"https://github.com/catdog-team/catdog/blob/main/{RUNBOOK}"
    assert anchor == rule["alert"].lower()


@pytest.mark.parametrize("rule", ALERTS.values(), ids=ALERTS)
def test_the_text_names_labels_that_the_alert_has(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    for alerts in read_cases(rule["alert"]):
        assert all(named <= alert["exp_labels"].keys() for alert in alerts)


def test_the_runbook_has_each_alert_once_and_no_other() -> None:
    sections = re.split(r"^### ", (PROJECT / RUNBOOK).read_text(), flags=re.MULTILINE)[1:]
    assert sorted(section.split("\n", 1)[0] for section in sections) == sorted(ALERTS)
    for section in sections:
        assert "`" in section, f"{section}: no command"


def test_the_kustomization_has_all_rules_and_the_prober() -> None:
    objects = render("manifests/monitoring")
    rules = {each["metadata"]["name"] for each in objects if each["kind"] == "PrometheusRule"}
    assert rules == {f"catdog-{name}" for name in NAMES}
    assert {each["metadata"]["namespace"] for each in objects} == {"catdog"}
    find(objects, "Deployment", "catdog-prober")
