"""kubeconform, with the schemas that the CRDs of KServe, Argo CD, Kubeflow Trainer and the Gateway API contain."""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PROJECT, kustomize, with_components

# reading all the others would take a minute
KINDS = (
    r"inferenceservices\.serving|applications\.argoproj|appprojects\.argoproj|trainjobs\.trainer"
    r"|(gateways|httproutes)\.gateway\.networking|(backendtrafficpolicies|clienttrafficpolicies)\.gateway\.envoyproxy"
    r"|(prometheuses|alertmanagers|alertmanagerconfigs|prometheusrules|podmonitors|servicemonitors)\.monitoring"
)
OURS = re.compile(rf"^  name: ({KINDS})\.", re.MULTILINE)
TRAINJOB = (PROJECT / "model/train/trainjob.yaml").read_text()
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1 takes a lone "=", which the Prometheus operator's schemas have, for more than text
yaml.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value, Loader)


def address(variable: str) -> str:
    script = f"source {PROJECT}/hack/versions.env; echo ${variable}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def read_manifest(variable: str) -> str:
    where = address(variable)
    if "://" not in where:
        return Path(where).read_text()
    try:
        with urllib.request.urlopen(where, timeout=30) as response:
            return bytes(response.read()).decode()
    except OSError as error:
        pytest.skip(f"cannot download {where}: {error}")


def forbid_more(schema: Any) -> Any:
    """A misspelt field is an error, not an extra."""
    if isinstance(schema, dict):
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            forbid_more(value)
    return schema


def write_schemas(definition: Any, folder: Path) -> None:
    kind, group = definition["names"]["kind"].lower(), definition["group"]
    for version in definition["versions"]:
        schema = forbid_more(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {"metadata": {"type": "object"}}  # the API server's business
        (folder / f"{kind}-{group}-{version['name']}.json").write_text(json.dumps(schema))


def make_schemas(folder: Path, *variables: str) -> Path:
    if not shutil.which("kubeconform"):
        pytest.skip("kubeconform is not installed")
    for variable in variables:
        for part in read_manifest(variable).split("\n---\n"):
            if OURS.search(part) and "\nkind: CustomResourceDefinition\n" in f"\n{part}":
                write_schemas(yaml.load(part, Loader=Loader)["spec"], folder)
    return folder


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_schemas(tmp_path_factory.mktemp("schemas"), "KSERVE_MANIFEST", "ARGOCD_MANIFEST")


@pytest.fixture(scope="session")
def trainer_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apart from the others, which are there on machines that cannot have this one."""
    return make_schemas(tmp_path_factory.mktemp("schemas"), "TRAINER_MANIFEST")


@pytest.fixture(scope="session")
def gateway_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same."""
    return make_schemas(tmp_path_factory.mktemp("schemas"), "ENVOY_GATEWAY_MANIFEST")


def kubeconform(schemas: Path, manifests: str) -> "subprocess.CompletedProcess[str]":
    template = f"{schemas}/{{{{.ResourceKind}}}}-{{{{.Group}}}}-{{{{.ResourceAPIVersion}}}}.json"
    return subprocess.run(
        ["kubeconform", "-verbose", "-strict", "-ignore-missing-schemas", "-schema-location", template],
        input=manifests, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "folder",
    [
        *("manifests/production", "manifests/staging"),
        *("argocd", "argocd/staging", "argocd/production"),
        *("argocd/local", "argocd/local/staging", "argocd/local/production"),
        *("argocd/monitoring", "argocd/staging/monitoring", "argocd/local/monitoring"),
        "argocd/local/staging/monitoring",
        *("argocd/way-in", "argocd/local/way-in"),
    ],
)
def test_kubeconform(schemas: Path, folder: str) -> None:
    done = kubeconform(schemas, kustomize(PROJECT / folder))
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = ["InferenceService"] if folder.startswith("manifests") else ["Application", "AppProject"]
    for kind in kinds:  # ours are checked, never skipped
        assert any(kind in line and "is valid" in line for line in done.stdout.splitlines()), done.stdout


def test_keys(schemas: Path) -> None:
    done = kubeconform(schemas, with_components("manifests/production", "keys"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "InferenceService catdog is valid" in done.stdout


GATEWAY = ("Gateway", "HTTPRoute", "BackendTrafficPolicy", "ClientTrafficPolicy")


def test_the_gateway(gateway_schemas: Path) -> None:
    done = kubeconform(gateway_schemas, with_components("manifests/settings", "gateway", "gateway/envoy"))
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in GATEWAY:
        assert f"{kind} catdog-public is valid" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("mode: Terminate", "mode: Ends"),
        ("backendRequest: 45s", "backendRequest: soon"),
        ("requestBuffer:", "requestSize:"),
        ("requestReceivedTimeout: 30s", "requestTimeout: 30s"),
    ],
)
def test_a_gateway_that_the_api_does_not_know(gateway_schemas: Path, right: str, wrong: str) -> None:
    text = with_components("manifests/settings", "gateway", "gateway/envoy")
    assert text.count(f" {right}") == 1
    done = kubeconform(gateway_schemas, text.replace(f" {right}", f" {wrong}"))
    assert done.returncode == 1, done.stdout
    assert "catdog-public is invalid" in done.stdout


def test_trainjob(trainer_schemas: Path) -> None:
    done = kubeconform(trainer_schemas, TRAINJOB)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TrainJob photos-train is valid" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("numNodes: 2", "nodes: 2"),
        ("numNodes: 2", "numNodes: two"),
        ("readOnlyRootFilesystem:", "readOnlyRootFileSystem:"),
        ("runtimePatches:", "podTemplateOverrides:"),  # its name until Kubeflow Trainer 2.1
    ],
)
def test_a_trainjob_that_the_api_does_not_know(trainer_schemas: Path, right: str, wrong: str) -> None:
    assert TRAINJOB.count(f" {right}") == 1
    done = kubeconform(trainer_schemas, TRAINJOB.replace(f" {right}", f" {wrong}"))
    assert done.returncode == 1, done.stdout
    assert "TrainJob photos-train is invalid" in done.stdout
    assert wrong.split(":")[0] in done.stdout
