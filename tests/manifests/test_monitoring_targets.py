"""Prometheus reaches what it scrapes, Argo CD's own part included, and what hack/up's cluster changes fits."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from prober.metrics import PORT

from .conftest import PROJECT, copy, find, render
from .test_schemas import read_manifest

Objects = list[dict[str, Any]]
FOLDER = "manifests/monitoring"
RUNBOOK = f"{FOLDER}/runbook.md"
OURS = ["catdog-predictor", "catdog-prober"]  # a policy restricts their pods


@pytest.fixture(scope="module")
def monitoring() -> Objects:
    return render(FOLDER)


@pytest.fixture(scope="module")
def platform() -> Objects:
    """The Services and network policies of Argo CD's own manifest."""
    parts = read_manifest("ARGOCD_MANIFEST").split("\n---\n")
    return [yaml.safe_load(part) for part in parts if "\nkind: Service\n" in part or "\nkind: NetworkPolicy\n" in part]


@pytest.mark.parametrize("name", OURS)
def test_the_network_policy_lets_prometheus_in(manifests: Objects, monitoring: Objects, name: str) -> None:
    spec = find(monitoring, "PodMonitor", name)["spec"]
    policies = [o["spec"] for o in (*manifests, *monitoring) if o["kind"] == "NetworkPolicy"]
    (policy,) = [each for each in policies if each["podSelector"] == spec["selector"]]
    (endpoint,) = spec["podMetricsEndpoints"]
    port = endpoint["portNumber"] if "portNumber" in endpoint else {"metrics": PORT, "http1": 8080}[endpoint["port"]]
    assert {"ports": [{"port": port, "protocol": "TCP"}]} in policy["ingress"]


def test_argo_cd_has_the_service_that_is_scraped(monitoring: Objects, platform: Objects) -> None:
    spec = find(monitoring, "ServiceMonitor", "catdog-argocd")["spec"]
    wanted = spec["selector"]["matchLabels"].items()
    (service,) = [o for o in platform if o["kind"] == "Service" and wanted <= o["metadata"]["labels"].items()]
    (endpoint,) = spec["endpoints"]
    assert endpoint["targetPort"] in [port["targetPort"] for port in service["spec"]["ports"]]
    policies = [o["spec"] for o in platform if o["kind"] == "NetworkPolicy"]
    (policy,) = [each for each in policies if each["podSelector"]["matchLabels"] == service["spec"]["selector"]]
    everyone = {"from": [{"namespaceSelector": {}}], "ports": [{"port": endpoint["targetPort"]}]}
    assert everyone in policy["ingress"]


def test_the_local_cluster_sends_its_mails_to_the_mail_catcher(monitoring: Objects, tmp_path: Path) -> None:
    """Argo CD puts the Application's patches into the kustomization, which come after those of its component."""
    spec = find(render("argocd/local/monitoring"), "Application", "catdog-monitoring")["spec"]
    prober = find(monitoring, "Deployment", "catdog-prober")["spec"]["template"]["spec"]["containers"][0]
    assert spec["source"]["kustomize"]["images"] == [prober["image"]]
    for name in ("manifests", "tests/smoke"):
        shutil.copytree(Path(copy().name, name), tmp_path / name)
    kustomization = tmp_path / FOLDER / "kustomization.yaml"
    content = yaml.safe_load(kustomization.read_text())
    content["patches"] = content.get("patches", []) + spec["source"]["kustomize"]["patches"]
    kustomization.write_text(json.dumps(content))
    (mail,) = find(render(kustomization.parent), "AlertmanagerConfig")["spec"]["receivers"][0]["emailConfigs"]
    (usual,) = find(monitoring, "AlertmanagerConfig")["spec"]["receivers"][0]["emailConfigs"]
    catcher = PROJECT / "hack/platform/monitoring/mail.yaml"
    service = find(list(yaml.safe_load_all(catcher.read_text())), "Service", "mail")
    (port,) = [each["port"] for each in service["spec"]["ports"] if each["name"] == "smtp"]
    host = f"{service['metadata']['name']}.{service['metadata']['namespace']}:{port}"
    assert mail == usual | {"smarthost": host, "requireTLS": False}


@pytest.mark.parametrize(("folder", "name"), [("argocd", "catdog"), ("argocd/monitoring", "catdog-monitoring")])
def test_argo_cds_page_links_to_files_that_there_are(monitoring: Objects, folder: str, name: str) -> None:
    spec = find(render(folder), "Application", name)["spec"]
    repository = spec["source"]["repoURL"].removesuffix(".git")
    links = {each["name"]: each["value"] for each in spec["info"]}
    assert links.pop("Runbook") == f"{repository}/blob/main/{RUNBOOK}"
    assert (PROJECT / RUNBOOK).is_file()
    if name == "catdog":
        assert links == {"API": f"{repository}/blob/main/README.md#use-it"}
        assert "\n## Use it\n" in (PROJECT / "README.md").read_text()
    else:
        (dashboard,) = links.values()
        board = json.loads(find(monitoring, "ConfigMap", "catdog-dashboard")["data"]["predictor.json"])
        assert dashboard.endswith(f"/d/{board['uid']}")
