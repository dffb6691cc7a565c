"""The prober's pod: its code is whole, it finds what it reads, and may do nothing but ask."""

import json
import re
from typing import Any

import pytest

from prober.metrics import PORT

from .conftest import PROJECT, find, render_part
from .test_judge import CONFIGMAP_BYTES, configmap, containers

Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def prober() -> Objects:
    return render_part("manifests/monitoring/prober")


def pod(prober: Objects) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod and its container."""
    spec = find(prober, "Deployment", "catdog-prober")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    return spec, container


def test_its_image_is_the_judges(prober: Objects, manifests: Objects) -> None:
    assert pod(prober)[1]["image"] == containers(manifests)[1]["image"]


def test_the_code_is_whole_and_is_where_it_is_looked_for(prober: Objects) -> None:
    spec, container = pod(prober)
    sources = {volume["name"]: volume["configMap"]["name"] for volume in spec["volumes"]}
    places = {mount["mountPath"]: sources[mount["name"]] for mount in container["volumeMounts"]}
    for name, folder, place in (
        ("catdog-prober", "manifests/monitoring/prober", "prober"),
        ("prober-catdog-judge", "tests/smoke", "tests/smoke"),
    ):
        content = configmap(prober, name)
        assert content["data"] == {path.name: path.read_text() for path in (PROJECT / folder).glob("*.py")}
        assert len(json.dumps(content).encode()) < CONFIGMAP_BYTES
        assert places[f"{container['workingDir']}/{place}"] == content["metadata"]["name"]
    assert container["command"] == ["python", "-u", "-B", "-m", "prober", "http://catdog-predictor.catdog"]


def test_it_finds_golden_and_labelled_photos_which_may_be_missing(prober: Objects, manifests: Objects) -> None:
    spec, container = pod(prober)
    assert configmap(manifests, "catdog-golden")["metadata"]["name"] == "catdog-golden"
    places = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    for volume, name in {"golden": "catdog-golden", "photos": "catdog-prober-photos"}.items():
        (source,) = [each["configMap"] for each in spec["volumes"] if each["name"] == volume]
        assert source == {"name": name, "optional": True}
        assert places[volume] == f"{container['workingDir']}/{volume}"  # the defaults of its flags


def test_its_objects_and_the_judges_are_no_others_names(prober: Objects, manifests: Objects) -> None:
    """Two Applications that own one object would take it from each other."""
    names = [{(each["kind"], each["metadata"]["name"]) for each in objects} for objects in (prober, manifests)]
    assert names[0].isdisjoint(names[1])
    assert {each["metadata"]["namespace"] for each in prober} == {"catdog"}


def test_it_may_do_nothing_but_ask(prober: Objects) -> None:
    spec, container = pod(prober)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert container["resources"]["limits"] == {"cpu": "200m", "memory": "64Mi"}
    policy = find(prober, "NetworkPolicy", "catdog-prober")["spec"]
    labels = find(prober, "Deployment", "catdog-prober")["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert policy["ingress"] == [{"ports": [{"port": PORT, "protocol": "TCP"}]}]
    assert {each["port"] for each in policy["egress"][0]["ports"]} == {53, 80, 8080}


def test_its_metrics_are_where_they_are_looked_for(prober: Objects) -> None:
    _, container = pod(prober)
    assert container["ports"] == [{"name": "metrics", "containerPort": PORT, "protocol": "TCP"}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}


def test_every_metric_is_described() -> None:
    text = (PROJECT / "predictor/README.md").read_text()
    source = (PROJECT / "manifests/monitoring/prober/metrics.py").read_text()
    names = set(re.findall(r'family\(\s*"(\w+)"', source)) | {"accuracy", "precision", "recall", "f1"}
    assert len(names) > 9
    for name in names:
        assert f"predictor_prober_{name}" in text or f"`_{name}`" in text, name
