"""The dashboard: what Grafana needs of it, and that its expressions read metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from argocd.steward.metrics import Metrics as StewardMetrics
from model.settings import NAMESPACE, SETTINGS
from predictor.telemetry.metrics import Metrics
from prober.figures import measure
from prober.metrics import Metrics as ProberMetrics

from .conftest import find, render_part
from .dashboard import PATH, expressions, raw_expressions, read, read_names, read_panels
from .test_rules import RULES

OTHERS = {  # of kube-state-metrics 2, cAdvisor, node-exporter, Argo CD
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_available",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kube_pod_container_status_restarts_total",
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "node_cpu_seconds_total",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "argocd_app_info",
}
NO_NAMESPACE = re.compile(r"node_")
ENDINGS = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
PANELS = read_panels()
TITLES = [panel["title"] for panel in PANELS]
SOURCE = {"type": "prometheus", "uid": "$datasource"}


def read_series(families: Iterable[Metric]) -> set[str]:
    """The names of the series of metrics, those without a sample included."""
    return {family.name + ending for family in families for ending in ENDINGS.get(family.type, [""])}


@pytest.fixture(scope="module")
def exported() -> set[str]:
    """What our programs export, and what our rules record."""
    registry, prober = CollectorRegistry(), ProberMetrics()
    Metrics(registry)
    prober.report(("r1", "m1"), {"labelled": 1}, 0, measure([("cats", "cats")]), ["cats"])
    texts = [str(prober), str(StewardMetrics())]
    families = [*registry.collect(), *(each for text in texts for each in text_string_to_metric_families(text))]
    return read_series(families) | {rule["record"] for rule in RULES if "record" in rule}


def test_the_file_is_formatted() -> None:
    board = json.dumps(json.loads(PATH.read_text()), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert PATH.read_text() == board, f"run python -m json.tool --sort-keys --indent 2 --no-ensure-ascii {PATH} {PATH}"


def test_grafana_can_load_it() -> None:
    board = read()
    assert board["schemaVersion"] >= 39  # Grafana 10.4
    # two services of one name, in one Grafana
    application = SETTINGS["APPLICATION"]
    assert (board["id"], board["uid"]) == (None, application)
    assert board["title"] == f"{application} ({SETTINGS['ENVIRONMENT']})"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set(TITLES)) == len(TITLES)
    variables = [variable["name"] for variable in board["templating"]["list"]]
    assert variables == ["datasource", "namespace", "revision", "argocd"]
    namespace = board["templating"]["list"][1]
    assert namespace["current"] == {"text": NAMESPACE, "value": NAMESPACE}
    assert namespace["query"]["query"] == "label_values(predictor_build_info, namespace)"


def test_panels_lie_side_by_side() -> None:
    cells: dict[tuple[int, int], str] = {}
    for panel in read()["panels"]:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert cells.setdefault((x, y), panel["title"]) == panel["title"]


def test_all_rows_are_there() -> None:
    assert [panel["title"] for panel in read()["panels"] if panel["type"] == "row"] == [
        "Traffic and errors",
        "Latency by stage",
        "Batches and queue",
        "Predictions and confidence",
        "Drift",
        "Live accuracy",
        "Rollouts",
        "Pods and nodes",
    ]


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert re.fullmatch(r"[A-Z0-9].*\.", panel["description"])
    assert panel["datasource"] == SOURCE
    assert all(target["datasource"] == SOURCE and target["legendFormat"] for target in panel["targets"])
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references) > 0


@pytest.mark.parametrize(("name", "raw"), [*raw_expressions()])
def test_an_expression_uses_the_namespace(name: str, raw: str) -> None:
    for metric in read_names(expressions()[name]):
        selected = re.findall(rf"(?<![\w:]){re.escape(metric)}(?![\w:])(\{{[^}}]*\}})?", raw)
        assert NO_NAMESPACE.match(metric) or all('namespace="$namespace"' in each for each in selected), metric


@pytest.mark.parametrize(("name", "expression"), expressions().items())
def test_metrics_exist(exported: set[str], name: str, expression: str) -> None:
    named = read_names(expression)
    assert named
    assert named <= exported | OTHERS


def test_the_list_of_other_metrics_is_not_longer_than_needed() -> None:
    assert set().union(*map(read_names, expressions().values())) >= OTHERS


def test_promtool_reads_all_expressions(tmp_path: Path) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    rules = [{"record": f"panel:{n}", "expr": each} for n, each in enumerate(expressions().values())]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", "--lint=none", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_lead_to_the_runbook_and_to_argo_cd() -> None:
    links = {link["title"]: link["url"] for link in read()["links"]}
    assert links["Runbook"] == f"{SETTINGS['BROWSE_URL']}/manifests/monitoring/runbook.md"
    assert links["Argo CD"] == "${argocd}/applications/argocd/" + SETTINGS["APPLICATION"]


def test_rollouts_are_annotations() -> None:
    (annotation,) = read()["annotations"]["list"]
    assert (annotation["datasource"], annotation["enable"]) == (SOURCE, True)
    assert "revision, model_version" in annotation["expr"]


def test_the_config_map_is_what_the_sidecar_looks_for() -> None:
    board = find(render_part("manifests/monitoring/dashboard"), "ConfigMap", "catdog-dashboard")
    assert board["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert board["metadata"]["annotations"] == {"k8s-sidecar-target-directory": "catdog"}
    assert json.loads(board["data"]["predictor.json"])["title"] == "catdog (production)"
    assert len(board["data"]["predictor.json"].encode()) < 2**20
