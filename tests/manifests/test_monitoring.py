"""What watches catdog, and the Application that brings it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.settings import FILE, NAME, SETTINGS

from .conftest import PROJECT, find, render
from .test_rules import ALERTS
from .test_schemas import kubeconform, make_schemas

Objects = list[dict[str, Any]]
SELECTED = {"PrometheusRule", "PodMonitor", "ServiceMonitor", "AlertmanagerConfig"}


@pytest.fixture(scope="module")
def monitoring() -> Objects:
    return render("manifests/monitoring")


@pytest.fixture(scope="module")
def application() -> Objects:
    return render("argocd/monitoring")


def left_out(schema: dict[str, Any], thing: Any, path: str = "") -> Iterator[str]:
    """The fields of an object, or of a part of it, that the schema has a default for, and that are not written out."""
    if isinstance(thing, list):
        for each in thing:
            yield from left_out(schema["items"], each, path)
    elif isinstance(thing, dict):
        for name, part in schema.get("properties", {}).items():
            if name in thing:
                yield from left_out(part, thing[name], f"{path}.{name}")
            elif "default" in part:
                yield f"{path}.{name}"


def test_resources_of_the_operator_have_no_wrong_field_and_leave_none_out(tmp_path: Path, monitoring: Objects) -> None:
    """What the cluster fills in, Argo CD calls different from git: OutOfSync, whatever is synced."""
    schemas = make_schemas(tmp_path, "PROMETHEUS_OPERATOR_MANIFEST")
    done = kubeconform(schemas, yaml.safe_dump_all(monitoring))
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in SELECTED:
        assert f" {kind} " in "".join(line for line in done.stdout.splitlines() if "is valid" in line)
    for thing in monitoring:
        group, _, version = thing["apiVersion"].rpartition("/")
        if group == "monitoring.coreos.com":
            schema = json.loads((schemas / f"{thing['kind'].lower()}-{group}-{version}.json").read_text())
            assert list(left_out(schema, thing, thing["metadata"]["name"])) == []


def test_the_project_allows_exactly_what_there_is(monitoring: Objects, application: Objects) -> None:
    spec = find(application, "AppProject", "catdog-monitoring")["spec"]
    allowed = {(rule["group"], rule["kind"]) for rule in spec["namespaceResourceWhitelist"]}
    assert allowed == {(o["apiVersion"].rpartition("/")[0], o["kind"]) for o in monitoring}
    assert "clusterResourceWhitelist" not in spec
    assert spec["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "catdog"}]
    assert {o["metadata"]["namespace"] for o in monitoring} == {"catdog"}


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        ("argocd/monitoring", "catdog-monitoring", "manifests/monitoring"),
        ("argocd/local/monitoring", "catdog-monitoring", "manifests/monitoring"),
        ("argocd/staging/monitoring", "catdog-staging-monitoring", "manifests/staging/monitoring"),
        ("argocd/local/staging/monitoring", "catdog-staging-monitoring", "manifests/staging/monitoring"),
    ],
)
def test_the_application_follows_a_repository_of_its_project(folder: str, name: str, path: str) -> None:
    objects = render(folder)
    spec = find(objects, "Application", name)["spec"]
    assert spec["project"] == name
    assert spec["source"]["path"] == path
    assert [spec["source"]["repoURL"]] == find(objects, "AppProject", name)["spec"]["sourceRepos"]
    assert ("file:///repo" in spec["source"]["repoURL"]) == ("local" in folder)


def test_a_cluster_without_the_operator_is_not_disturbed(manifests: Objects, argocd: Objects) -> None:
    for thing in [*manifests, *argocd]:
        assert "monitoring.coreos.com" not in thing["apiVersion"]
        assert thing["metadata"]["name"] != "catdog-monitoring"


def test_no_object_is_of_both_applications(manifests: Objects, monitoring: Objects) -> None:
    mine = {(o["kind"], o["metadata"]["name"]) for o in monitoring}
    assert not mine & {(o["kind"], o["metadata"]["name"]) for o in manifests}


def test_settings_stand_in_one_place(tmp_path: Path) -> None:
    for folder in ("manifests", "tests/smoke"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    changes = {
        "PROMETHEUS_RELEASE": "pets",
        "ALERTS_TO": "night@pets.example",
        "ALERTS_FROM": "alerts@pets.example",
        "ALERTS_SERVER": "mail.pets.example:25",
    }
    settings = "".join(f"{name}={value}\n" for name, value in (SETTINGS | changes).items())
    (tmp_path / FILE).write_text(settings)
    objects = render(tmp_path / "manifests/monitoring")
    for thing in objects:
        if thing["kind"] in SELECTED:
            assert thing["metadata"]["labels"] == {"release": "pets"}
    (mail,) = find(objects, "AlertmanagerConfig", NAME)["spec"]["receivers"][0]["emailConfigs"]
    assert [mail["to"], mail["from"], mail["smarthost"]] == list(changes.values())[1:]


def test_nobody_else_is_named(monitoring: Objects) -> None:
    (mail,) = find(monitoring, "AlertmanagerConfig")["spec"]["receivers"][0]["emailConfigs"]
    assert {mail["to"], mail["from"]} == {"on-call@example.com", "alerts@example.com"}
    assert mail["requireTLS"] is True


def pods_of(objects: Objects) -> list[tuple[dict[str, str], set[object]]]:
    """Labels and ports of the pods that Deployments make."""
    templates = [o["spec"]["template"] for o in objects if o["kind"] == "Deployment"]
    return [(template["metadata"]["labels"], ports_of(template["spec"])) for template in templates]


def ports_of(spec: dict[str, Any]) -> set[object]:
    ports = [port for container in spec["containers"] for port in container.get("ports", [])]
    return {port["containerPort"] for port in ports} | {port["name"] for port in ports if "name" in port}


def test_monitors_select_pods_and_ports_that_there_are(monitoring: Objects, manifests: Objects) -> None:
    service = find(manifests, "InferenceService")
    labels = {"app": f"isvc.{service['metadata']['name']}-predictor"}  # KServe sets it
    pods = [*pods_of(monitoring), *pods_of(render("argocd")), (labels, ports_of(service["spec"]["predictor"]))]
    monitors = [o["spec"] for o in monitoring if o["kind"] == "PodMonitor"]
    assert len(monitors) == 3
    for monitor in monitors:
        wanted = monitor["selector"]["matchLabels"].items()
        (ports,) = [ports for labels, ports in pods if wanted <= labels.items()]
        for endpoint in monitor["podMetricsEndpoints"]:
            assert {endpoint.get("port"), endpoint.get("portNumber")} & ports


def test_argo_cds_own_metrics(monitoring: Objects) -> None:
    spec = find(monitoring, "ServiceMonitor", "catdog-argocd")["spec"]
    assert spec["namespaceSelector"] == {"matchNames": ["argocd"]}
    # a keep rule decides by the whole name, so that what rules ask for must be in it
    kept = [rule["regex"] for rule in spec["endpoints"][0]["metricRelabelings"]]
    asked = {word for rule in ALERTS.values() for word in rule["expr"].replace("(", " ").replace("{", " ").split()}
    assert {word for word in asked if word.startswith("argocd_")} == {kept[0]}
