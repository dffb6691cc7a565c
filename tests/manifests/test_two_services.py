"""Two services of one name share Prometheus, Grafana and Argo CD: neither takes or reports what is the other's."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.settings import FILE, parse_settings

from .conftest import SETTINGS, copy, find, render
from .test_rules import ALERTS, promtool

Objects = list[dict[str, Any]]
FOLDERS = ("manifests/monitoring", "argocd/monitoring")
PRODUCTION = parse_settings(SETTINGS)
STAGING = PRODUCTION | {"NAMESPACE": "pets-staging", "ENVIRONMENT": "staging", "APPLICATION": "catdog-staging"}
SERVICES = [PRODUCTION, STAGING]
MINUTES = 120
# of each service: what it is in each minute if all is well, and if it is not
SERIES = {
    'predictor_requests_total{namespace="NAMESPACE",route="predict",code="200",client="traffic"}': ("0+6000", "0+3000"),
    'predictor_requests_total{namespace="NAMESPACE",route="predict",code="500",client="traffic"}': ("0", "0+3000"),
    'predictor_build_info{namespace="NAMESPACE",pod="a",revision="r1",model_version="m1"}': ("1", "1"),
    'predictor_build_info{namespace="NAMESPACE",pod="b",revision="r2",model_version="m1"}': ("_", "1"),
    'predictor_claimed_accuracy{namespace="NAMESPACE",pod="a"}': ("0.96", "0.96"),
    'predictor_reference_predictions{namespace="NAMESPACE",pod="a",label="cat"}': ("1000", "1000"),
    'predictor_reference_predictions{namespace="NAMESPACE",pod="a",label="dog"}': ("1000", "1000"),
    'predictor_predictions_total{namespace="NAMESPACE",pod="a",label="cat",client="traffic"}': ("0+10", "0+20"),
    'predictor_predictions_total{namespace="NAMESPACE",pod="a",label="dog",client="traffic"}': ("0+10", "0"),
    'predictor_prober_accuracy{namespace="NAMESPACE"}': ("0.95", "0.5"),
    'predictor_prober_photos{namespace="NAMESPACE",kind="labelled"}': ("100", "100"),
    'predictor_prober_changed_answers{namespace="NAMESPACE"}': ("0", "1"),
    'predictor_prober_last_round_timestamp_seconds{namespace="NAMESPACE"}': ("0+60", "0"),
    'predictor_steward_last_round_timestamp_seconds{namespace="NAMESPACE"}': ("0+60", "0"),
    'predictor_steward_proven{namespace="NAMESPACE"}': ("1", "0"),
    'argocd_app_info{namespace="NAMESPACE",name="APPLICATION",health_status="Healthy",sync_status="Synced"}': (
        "1",
        "_",
    ),
    'argocd_app_info{namespace="NAMESPACE",name="APPLICATION",health_status="Degraded",sync_status="OutOfSync"}': (
        "_",
        "1",
    ),
    'kube_pod_status_phase{namespace="NAMESPACE",pod="a",phase="Running"}': ("1", "1"),
    'kube_pod_status_ready{namespace="NAMESPACE",pod="a",condition="true"}': ("1", "0"),
}
NODE = {"series": 'node_cpu_seconds_total{instance="n",cpu="0",mode="idle"}', "values": f"0+50x{MINUTES}"}
# what then fires, and the labels that its rule does not set
FIRING = {
    "HighErrorRate": {},
    "FastErrorBurn": {},
    "ErrorBurn": {},
    "SlowErrorBurn": {},
    "ClassMixDrift": {"model_version": "m1"},
    "AccuracyBelowClaim": {},
    "AnswersChanged": {},
    "ProberSilent": {},
    "ApplicationDegraded": {"name": "APPLICATION", "health_status": "Degraded"},
    "ApplicationOutOfSync": {"name": "APPLICATION"},
    "StewardSilent": {},
    "RevisionNotProven": {},
    "SeveralRevisions": {},
    "PodNotReady": {"pod": "a"},
}


def fill_in(text: str, service: dict[str, str]) -> str:
    """Names of settings in capitals become their values."""
    return re.sub("NAMESPACE|APPLICATION", lambda found: service[found[0]], text)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[Objects]:
    """What each service gets."""
    other = tmp_path_factory.mktemp("staging") / "copy"
    shutil.copytree(copy().name, other)
    (other / FILE).write_text("".join(f"{name}={value}\n" for name, value in STAGING.items()))
    return [[thing for folder in FOLDERS for thing in render(root / folder)] for root in (Path(copy().name), other)]


def of_kind(objects: Objects, *kinds: str) -> Objects:
    return [each for each in objects if each["kind"] in kinds]


def test_no_object_is_of_both(rendered: list[Objects]) -> None:
    names = [{(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]) for o in objects} for objects in rendered]
    assert names[0].isdisjoint(names[1])
    for objects, service in zip(rendered, SERVICES, strict=True):
        assert {o["metadata"]["namespace"] for o in objects} == {service["NAMESPACE"], "argocd"}


def test_grafana_has_two_dashboards(rendered: list[Objects]) -> None:
    """Its sidecar writes them to files, and Grafana takes no two of one uid, or of one title in a folder."""
    maps = [find(objects, "ConfigMap", "catdog-dashboard") for objects in rendered]
    boards = [json.loads(each["data"]["predictor.json"]) for each in maps]
    assert [board["title"] for board in boards] == ["catdog (production)", "catdog-staging (staging)"]
    assert len({board["uid"] for board in boards}) == 2
    assert len({each["metadata"]["annotations"]["k8s-sidecar-target-directory"] for each in maps}) == 2
    for board, objects in zip(boards, rendered, strict=True):
        (application,) = of_kind(objects, "Application")
        assert application["spec"]["info"][0]["value"].endswith(f"/d/{board['uid']}")


def pods_of(service: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Namespaces and labels of the pods that are watched: predictor, prober and steward."""
    name, namespace = service["NAME"], service["NAMESPACE"]
    return [
        (namespace, {"app": f"isvc.{name}-predictor"}),
        (namespace, {"app.kubernetes.io/name": f"{name}-prober"}),
        ("argocd", {"app.kubernetes.io/name": f"{service['APPLICATION']}-steward"}),
    ]


def test_a_monitor_selects_a_pod_of_its_own_service_alone(rendered: list[Objects]) -> None:
    pods = [(service, *pod) for service in SERVICES for pod in pods_of(service)]
    for objects, service in zip(rendered, SERVICES, strict=True):
        monitors = of_kind(objects, "PodMonitor")
        assert len(monitors) == 3
        for monitor in monitors:
            spec = monitor["spec"]
            where = spec.get("namespaceSelector", {}).get("matchNames", [monitor["metadata"]["namespace"]])
            wanted = spec["selector"]["matchLabels"].items()
            (whose,) = [each for each, namespace, labels in pods if namespace in where and wanted <= labels.items()]
            assert whose == service


def test_series_from_argo_cds_namespace_get_the_services(rendered: list[Objects]) -> None:
    for objects, service in zip(rendered, SERVICES, strict=True):
        monitors = [o["spec"] for o in of_kind(objects, "PodMonitor", "ServiceMonitor")]
        outside = [spec for spec in monitors if spec.get("namespaceSelector") == {"matchNames": ["argocd"]}]
        assert len(outside) == 2
        for spec in outside:
            (endpoint,) = spec.get("endpoints") or spec["podMetricsEndpoints"]
            label = {"action": "replace", "targetLabel": "namespace", "replacement": service["NAMESPACE"]}
            assert label in endpoint["relabelings"]
            assert "honorLabels" not in endpoint  # or Argo CD's own label would stay
        (kept,) = [rule for rule in outside[1]["endpoints"][0]["metricRelabelings"] if rule["sourceLabels"] == ["name"]]
        names = [f"{each['APPLICATION']}{part}" for each in SERVICES for part in ("", "-monitoring")]
        found = [name for name in names if re.fullmatch(kept["regex"], name)]
        assert found == [service["APPLICATION"], f"{service['APPLICATION']}-monitoring"]


@pytest.fixture(scope="module")
def prometheus(rendered: list[Objects], tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], None]:
    """Runs a test of promtool over the rules of both, without annotations."""
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    folder = tmp_path_factory.mktemp("rules")
    for objects in rendered:
        for thing in of_kind(objects, "PrometheusRule"):
            for rule in (rule for group in thing["spec"]["groups"] for rule in group["rules"]):
                rule.pop("annotations", None)
            name = f"{thing['metadata']['namespace']}-{thing['metadata']['name']}.yaml"
            (folder / name).write_text(yaml.safe_dump({"groups": thing["spec"]["groups"]}))
    files = [path.name for path in folder.iterdir()]

    def run(case: dict[str, Any]) -> None:
        (folder / "test").write_text(yaml.safe_dump({"rule_files": files, "tests": [case]}))
        promtool("test", "rules", folder / "test")

    return run


@pytest.mark.parametrize("bad", SERVICES, ids=lambda service: service["ENVIRONMENT"])
def test_what_one_does_is_no_alert_of_the_other(
    prometheus: Callable[[dict[str, Any]], None], bad: dict[str, str]
) -> None:
    def expected(alert: str) -> list[dict[str, Any]]:
        own = {"namespace": bad["NAMESPACE"], "environment": bad["ENVIRONMENT"]}
        more = {name: fill_in(value, bad) for name, value in FIRING[alert].items()}
        return [{"exp_labels": ALERTS[alert]["labels"] | own | more}]

    series = [
        {"series": fill_in(name, service), "values": f"{values[service is bad]}x{MINUTES}"}
        for service in SERVICES
        for name, values in SERIES.items()
    ]
    recorded = '{__name__=~"(predictor|code|pod):.+",namespace!~"catdog|pets-staging"}'
    prometheus(
        {
            "interval": "1m",
            "input_series": [*series, NODE],
            "alert_rule_test": [
                {
                    "eval_time": f"{MINUTES}m",
                    "alertname": alert,
                    "exp_alerts": expected(alert) if alert in FIRING else [],
                }
                for alert in ALERTS
            ],
            "promql_expr_test": [{"expr": recorded, "eval_time": f"{MINUTES}m", "exp_samples": []}],
        }
    )
