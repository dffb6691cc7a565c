"""What watches catdog: Argo CD may bring it, it finds what it scrapes, and a cluster's settings are in one file."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PROJECT, find, render
from .test_schemas import read_manifest

Objects = list[dict[str, Any]]
FOLDER = "manifests/monitoring"
NAME = "catdog-monitoring"
LABEL = {"release": "kube-prometheus-stack"}
MONITORS = ["catdog-argocd", "catdog-predictor", "catdog-prober", "catdog-steward"]
EXAMPLE = re.compile(r"\S+example\.com\S*")


@pytest.fixture(scope="module")
def monitoring() -> Objects:
    return render(FOLDER)


@pytest.fixture(scope="module")
def project_and_application() -> tuple[dict[str, Any], dict[str, Any]]:
    objects = render("argocd/monitoring")
    assert {each["metadata"]["namespace"] for each in objects} == {"argocd"}
    project, application = find(objects, "AppProject", NAME), find(objects, "Application", NAME)
    assert len(objects) == 2
    return project["spec"], application["spec"]


def copy_folder(folder: Path) -> Path:
    """manifests/monitoring with what it takes from elsewhere; returns its kustomization."""
    for name in (FOLDER, "tests/smoke"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder / FOLDER / "kustomization.yaml"


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert selector.keys() == {"matchLabels"}
    return bool(selector["matchLabels"].items() <= labels.items())


def pods(manifests: Objects, argocd: Objects, monitoring: Objects) -> list[tuple[str, dict[str, str], Objects]]:
    """Namespace, labels and ports of our pods."""
    # KServe's own label; that PodDisruptionBudget and NetworkPolicy have the same is tested in test_render.py
    predictor = {"metadata": {"labels": {"app": "isvc.catdog-predictor"}}}
    predictor["spec"] = find(manifests, "InferenceService")["spec"]["predictor"]
    deployments = [each for each in (*argocd, *monitoring) if each["kind"] == "Deployment"]
    found = [(each["metadata"]["namespace"], each["spec"]["template"]) for each in deployments]
    return [describe(*each) for each in [("catdog", predictor), *found]]


def argocds_controller() -> tuple[str, dict[str, str], Objects]:
    """The same of the pod of Argo CD's own manifest that knows of Applications."""
    _, manifest = read_manifest("ARGOCD_MANIFEST").split("\nkind: StatefulSet\n")
    return describe("argocd", yaml.safe_load(manifest.split("\n---\n")[0])["spec"]["template"])


def describe(namespace: str, pod: dict[str, Any]) -> tuple[str, dict[str, str], Objects]:
    ports = [port for container in pod["spec"]["containers"] for port in container.get("ports", [])]
    return namespace, pod["metadata"]["labels"], ports


def test_the_project_allows_exactly_what_there_is(
    monitoring: Objects, project_and_application: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    project, application = project_and_application
    kinds = {(each["apiVersion"].rpartition("/")[0], each["kind"]) for each in monitoring}
    allowed = [(rule["group"], rule["kind"]) for rule in project["namespaceResourceWhitelist"]]
    assert sorted(allowed) == sorted(kinds)
    assert project.keys() == {"description", "sourceRepos", "destinations", "namespaceResourceWhitelist"}
    assert project["destinations"] == [application["destination"]]
    assert {each["metadata"]["namespace"] for each in monitoring} == {application["destination"]["namespace"]}
    assert project["sourceRepos"] == [application["source"]["repoURL"]]
    assert (application["project"], application["source"]["path"]) == (NAME, FOLDER)


def test_a_cluster_without_the_operator_is_not_disturbed(manifests: Objects, argocd: Objects) -> None:
    for each in (*manifests, *argocd, *render("argocd/local")):
        assert not each["apiVersion"].startswith("monitoring.coreos.com")
        assert each["metadata"]["name"] != NAME


def test_both_applications_have_the_same_source_and_no_object_in_common(
    manifests: Objects, argocd: Objects, monitoring: Objects, project_and_application: tuple[Any, dict[str, Any]]
) -> None:
    source = find(argocd, "Application")["spec"]["source"]
    assert project_and_application[1]["source"] == source | {"path": FOLDER}
    names = [{(each["kind"], each["metadata"]["name"]) for each in objects} for objects in (manifests, monitoring)]
    assert names[0].isdisjoint(names[1])
    assert "FailOnSharedResource=true" in project_and_application[1]["syncPolicy"]["syncOptions"]


def test_argocds_page_links_to_runbook_api_and_dashboard(
    argocd: Objects, project_and_application: tuple[Any, dict[str, Any]]
) -> None:
    repository = find(argocd, "Application")["spec"]["source"]["repoURL"].removesuffix(".git")
    runbook = f"{repository}/blob/main/{FOLDER}/runbook.md"
    links = [
        {each["name"]: each["value"] for each in spec["info"]}
        for spec in (find(argocd, "Application")["spec"], project_and_application[1])
    ]
    assert [each["Runbook"] for each in links] == [runbook, runbook]
    assert links[0]["API"] == f"{repository}/blob/main/README.md#ask"
    assert "## Ask\n" in (PROJECT / "README.md").read_text()
    assert links[1]["Dashboard"].endswith("/d/catdog")


@pytest.mark.parametrize("name", MONITORS)
def test_a_monitor_finds_pods_whose_port_it_may_ask(
    manifests: Objects, argocd: Objects, monitoring: Objects, name: str
) -> None:
    spec = find(monitoring, "PodMonitor", name)["spec"]
    namespaces = spec.get("namespaceSelector", {"matchNames": ["catdog"]})["matchNames"]
    there = [argocds_controller()] if name == "catdog-argocd" else pods(manifests, argocd, monitoring)
    found = [each for each in there if each[0] in namespaces and selects(spec["selector"], each[1])]
    ((namespace, labels, ports),) = found
    (endpoint,) = spec["podMetricsEndpoints"]
    key, value = ("name", endpoint["port"]) if "port" in endpoint else ("containerPort", endpoint["portNumber"])
    (number,) = [port["containerPort"] for port in ports if port.get(key) == value]
    policies = [each["spec"] for each in (*manifests, *monitoring) if each["kind"] == "NetworkPolicy"]
    policies = [each for each in policies if namespace == "catdog" and selects(each["podSelector"], labels)]
    assert len(policies) == (namespace == "catdog")
    for policy in policies:
        assert {"ports": [{"port": number, "protocol": "TCP"}]} in policy["ingress"]


def test_every_monitor_is_tested(monitoring: Objects) -> None:
    assert sorted(each["metadata"]["name"] for each in monitoring if each["kind"] == "PodMonitor") == MONITORS


def test_of_argocd_only_our_applications_are_kept(monitoring: Objects, argocd: Objects) -> None:
    (endpoint,) = find(monitoring, "PodMonitor", "catdog-argocd")["spec"]["podMetricsEndpoints"]
    (rule,) = endpoint["metricRelabelings"]
    assert (rule["sourceLabels"], rule["action"]) == (["__name__", "name"], "keep")
    for name in (find(argocd, "Application")["metadata"]["name"], NAME):
        assert re.fullmatch(rule["regex"], f"argocd_app_info;{name}")
    assert not re.fullmatch(rule["regex"], "argocd_app_info;guestbook")


def test_the_label_that_prometheus_selects_by_is_set_in_one_place(monitoring: Objects, tmp_path: Path) -> None:
    kustomization = copy_folder(tmp_path)
    text = kustomization.read_text()
    assert text.count("release: kube-prometheus-stack") == 1
    kustomization.write_text(text.replace("release: kube-prometheus-stack", "prometheus: main"))
    changed = render(str(kustomization.parent))
    assert len(changed) == len(monitoring)
    for before, after in zip(monitoring, changed, strict=True):
        assert before["metadata"].pop("labels").items() >= LABEL.items()
        labels = after["metadata"].pop("labels")
        assert labels["prometheus"] == "main"
        assert "release" not in labels
        assert before == after  # selectors and pods are what they were


def test_addresses_of_mails_are_in_one_file() -> None:
    files = [path for path in (PROJECT / FOLDER).rglob("*.yaml") if EXAMPLE.search(path.read_text())]
    assert files == [PROJECT / FOLDER / "kustomization.yaml"]


def test_the_local_cluster_sends_its_mails_to_the_mail_catcher(monitoring: Objects, tmp_path: Path) -> None:
    """Argo CD puts the Application's patches after those of the kustomization."""
    local = render("argocd/local/monitoring")
    spec = find(local, "Application", NAME)["spec"]
    assert find(local, "AppProject", NAME)["spec"]["sourceRepos"] == [spec["source"]["repoURL"]] == ["file:///repo"]
    prober = find(monitoring, "Deployment", "catdog-prober")["spec"]["template"]["spec"]["containers"][0]
    assert spec["source"]["kustomize"]["images"] == [prober["image"]]
    kustomization = copy_folder(tmp_path)
    content = yaml.safe_load(kustomization.read_text())
    content["patches"] += spec["source"]["kustomize"]["patches"]
    kustomization.write_text(json.dumps(content))
    (mail,) = find(render(str(kustomization.parent)), "AlertmanagerConfig")["spec"]["receivers"][0]["emailConfigs"]
    (usual,) = find(monitoring, "AlertmanagerConfig")["spec"]["receivers"][0]["emailConfigs"]
    assert mail == usual | {"smarthost": "mail.monitoring:1025", "requireTLS": False}
    assert usual["requireTLS"] is True
