"""The ways in from outside: parts that a team adds, delivered apart from the service."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from predictor.limits import Limits

from .conftest import PROJECT, find, render, with_components
from .test_judge import containers
from .test_keys import kinds

Objects = list[dict[str, Any]]
SETTINGS = "manifests/settings"
GATEWAY = ("gateway", "gateway/envoy")
COMPONENTS = PROJECT / "manifests/components"
SERVER_PODS = {"app": "isvc.catdog-predictor"}
NEEDED = (
    *("/v1/models/catdog:predict", "/v1/models", "/v2/models/catdog/infer", "/v2/health/ready", "/v2"),
    *("/", "/docs", "/openapi.json", "/model"),
)


def objects(*components: str) -> Objects:
    return list(yaml.safe_load_all(with_components(SETTINGS, *components)))


@pytest.fixture(scope="module")
def gateway() -> Objects:
    return objects(*GATEWAY)


@pytest.fixture(scope="module")
def balanced() -> Objects:
    return objects("load-balancer")


@pytest.mark.parametrize("path", sorted(COMPONENTS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(COMPONENTS)))
def test_no_secret_and_no_name_of_ours_is_written_there(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"^kind: Secret", text, re.MULTILINE)
    assert "catdog" not in text


@pytest.mark.parametrize("components", [("load-balancer",), GATEWAY, ("load-balancer", *GATEWAY)])
def test_all_that_is_said_by_settings_is_filled_in(components: tuple[str, ...]) -> None:
    text = with_components(SETTINGS, *components)
    assert "$(" not in text
    assert {each["metadata"]["namespace"] for each in yaml.safe_load_all(text)} == {"catdog"}
    assert "config.kubernetes.io/local-config" not in text


def test_the_load_balancer_leads_to_the_server(balanced: Objects, manifests: Objects) -> None:
    spec = find(balanced, "Service", "catdog-load-balancer")["spec"]
    (port,) = spec["ports"]
    server = containers(manifests)[0]
    assert (spec["type"], spec["externalTrafficPolicy"], spec["selector"]) == ("LoadBalancer", "Local", SERVER_PODS)
    assert port["targetPort"] == server["ports"][0]["containerPort"]


@pytest.mark.parametrize(("fixture", "name"), [("balanced", "catdog-load-balancer"), ("gateway", "catdog-gateway")])
def test_policies_let_in_what_comes_from_there(
    fixture: str, name: str, request: pytest.FixtureRequest, manifests: Objects
) -> None:
    spec = find(request.getfixturevalue(fixture), "NetworkPolicy", name)["spec"]
    base = find(manifests, "NetworkPolicy")["spec"]
    assert spec["podSelector"] == base["podSelector"] == {"matchLabels": SERVER_PODS}
    assert spec["policyTypes"] == ["Ingress"]
    (rule,) = spec["ingress"]
    assert rule["ports"] == base["ingress"][0]["ports"]
    if fixture == "gateway":
        assert rule["from"] == [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "envoy-gateway-system"}}}
        ]
    else:
        assert [each["ipBlock"]["cidr"] for each in rule["from"]] == ["0.0.0.0/0", "::/0"]


def test_the_gateway_speaks_tls_alone(gateway: Objects) -> None:
    spec = find(gateway, "Gateway", "catdog-public")["spec"]
    assert spec["gatewayClassName"] == "envoy"
    (listener,) = spec["listeners"]
    assert (listener["protocol"], listener["port"], listener["hostname"]) == ("HTTPS", 443, "photos.example.com")
    (certificate,) = listener["tls"]["certificateRefs"]
    assert (certificate["kind"], certificate["name"]) == ("Secret", "catdog-tls")


def paths(gateway: Objects) -> list[tuple[str, str]]:
    (rule,) = find(gateway, "HTTPRoute", "catdog-public")["spec"]["rules"]
    return [(match["path"]["type"], match["path"]["value"]) for match in rule["matches"]]


def passes(gateway: Objects, path: str) -> bool:
    return any(path == value or (kind != "Exact" and path.startswith(f"{value}/")) for kind, value in paths(gateway))


def test_the_route_passes_what_clients_need_and_nothing_else(gateway: Objects) -> None:
    route = find(gateway, "HTTPRoute", "catdog-public")["spec"]
    (parent,), (rule,) = route["parentRefs"], route["rules"]
    assert (parent["name"], parent["sectionName"]) == ("catdog-public", "https")
    assert route["hostnames"] == ["photos.example.com"]
    (backend,) = rule["backendRefs"]
    assert (backend["kind"], backend["name"], backend["port"]) == ("Service", "catdog-predictor", 80)
    for path in (
        "/v1/models/catdog:predict",
        "/v2/models/catdog/infer",
        "/v2/health/ready",
        "/v1/models",
        "/",
        "/docs",
    ):
        assert passes(gateway, path), path
    for path in ("/metrics", "/stats", "/v2/repository/models/catdog/unload", "/v1/modelsx"):
        assert not passes(gateway, path), path


def test_bounds_are_the_servers(gateway: Objects) -> None:
    limits = Limits()
    behind = find(gateway, "BackendTrafficPolicy", "catdog-public")["spec"]
    before = find(gateway, "ClientTrafficPolicy", "catdog-public")["spec"]
    assert behind["requestBuffer"] == {"limit": f"{limits.max_body_bytes // 2**20}Mi"}
    assert behind["targetRefs"] == [
        {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "catdog-public"}
    ]
    assert before["targetRefs"][0]["kind"] == "Gateway"
    assert before["timeout"]["http"]["requestReceivedTimeout"] == f"{limits.body_timeout:g}s"
    assert before["connection"]["connectionLimit"]["value"] == limits.max_connections
    (rule,) = find(gateway, "HTTPRoute", "catdog-public")["spec"]["rules"]
    assert int(rule["timeouts"]["request"].removesuffix("s")) > limits.body_timeout


@pytest.mark.parametrize("folder", ["argocd/way-in", "argocd/local/way-in"])
def test_argo_cd_may_bring_each_way_in_and_nothing_else(folder: str) -> None:
    delivery = render(folder)
    rules = find(delivery, "AppProject", "catdog-way-in")["spec"]["namespaceResourceWhitelist"]
    everything = {*kinds(objects("load-balancer", *GATEWAY))}
    assert {(rule["group"], rule["kind"]) for rule in rules} == everything
    source = find(delivery, "Application", "catdog-way-in")["spec"]["source"]
    assert find(delivery, "AppProject", "catdog-way-in")["spec"]["sourceRepos"] == [source["repoURL"]]
    assert {*kinds(render(source["path"]))} <= everything


def test_each_way_in_can_be_chosen_in_one_place() -> None:
    text = (PROJECT / "manifests/way-in/kustomization.yaml").read_text()
    named = re.findall(r"^  (?:# )?- \.\./components/(\S+)$", text, re.MULTILINE)
    assert named == ["load-balancer", *GATEWAY]


def test_no_object_is_of_both_applications(manifests: Objects) -> None:
    way_in = objects("load-balancer", *GATEWAY)
    mine = {(o["kind"], o["metadata"]["name"]) for o in way_in}
    assert not mine & {(o["kind"], o["metadata"]["name"]) for o in manifests}
