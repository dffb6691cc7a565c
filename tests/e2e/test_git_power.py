"""What a commit may not change, although Argo CD applies it with all permissions. Each request is a dry run."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from model.settings import NAME, NAMESPACE

from .account import Account, account
from .commands import kubectl, read

pytestmark = [pytest.mark.ci, pytest.mark.usefixtures("released")]

RBAC = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
SERVICES = f"/apis/serving.kserve.io/v1beta1/namespaces/{NAMESPACE}/inferenceservices"
SERVICE = f"{SERVICES}/{NAME}"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
Containers = dict[str, Any]  # by their names


@pytest.fixture(scope="module")
def argocd() -> Iterator[Account]:
    with account("system:serviceaccount:argocd:argocd-application-controller") as argocd:
        yield argocd


@pytest.mark.parametrize("kind", ["role", "rolebinding"])
def test_the_stewards_permissions_stay(argocd: Account, kind: str) -> None:
    name = f"{NAME}-steward-rollout"
    present = read(kind, name, "-n", NAMESPACE)
    asked = [
        argocd.patch(f"{RBAC}/{kind}s/{name}", {"metadata": {"labels": {"a": "b"}}}),
        argocd.request("PUT", f"{RBAC}/{kind}s/{name}", present),
        argocd.request("DELETE", f"{RBAC}/{kind}s/{name}"),
    ]
    for answer in asked:
        assert answer.status in (403, 422)
        assert f"Git may not change {NAME}-steward-rollout" in answer.message


def test_the_strict_health_check_stays(argocd: Account) -> None:
    for labels in (None, {"predictor/rollout-health": None}, {"predictor/rollout-health": "lax"}):
        answer = argocd.patch(SERVICE, {"metadata": {"labels": labels}})
        assert answer.status in (403, 422)
        assert "needs the label predictor/rollout-health: strict" in answer.message


def test_other_changes_are_made(argocd: Account) -> None:
    harmless = {"metadata": {"labels": {"a": "b"}}}
    for path in (f"{RBAC}/roles/{NAME}-smoke", f"{RBAC}/rolebindings/{NAME}-smoke", SERVICE):
        answer = argocd.patch(path, harmless)
        assert answer.status == 200, answer.message


def without_judge(containers: Containers) -> None:
    del containers["judge"]


def other_command(containers: Containers) -> None:
    containers["judge"]["command"] = ["sleep", "infinity"]


def no_probe(containers: Containers) -> None:
    del containers["judge"]["readinessProbe"]


def other_probe(containers: Containers) -> None:
    containers["judge"]["readinessProbe"]["httpGet"]["path"] = "/"


def other_port(containers: Containers) -> None:
    containers["judge"]["readinessProbe"]["httpGet"]["port"] = 8080


def image_of_the_server(containers: Containers) -> None:
    containers["judge"]["image"] = containers["kserve-container"]["image"]


@pytest.mark.parametrize(
    "change", [without_judge, other_command, no_probe, other_probe, other_port, image_of_the_server]
)
def test_the_judge_stays(argocd: Account, change: Callable[[Containers], None]) -> None:
    present = read("isvc", NAME, "-n", NAMESPACE)
    containers = {each["name"]: each for each in present["spec"]["predictor"]["containers"]}
    change(containers)
    predictor = {"containers": list(containers.values())}
    metadata = {"name": "other", "namespace": NAMESPACE, "labels": present["metadata"]["labels"]}
    spec = {"predictor": present["spec"]["predictor"] | predictor}
    other = {"apiVersion": present["apiVersion"], "kind": present["kind"], "metadata": metadata, "spec": spec}
    for answer in (
        argocd.patch(SERVICE, {"spec": {"predictor": predictor}}),
        argocd.request("POST", SERVICES, other),
    ):
        assert answer.status in (403, 422)
        assert "Nothing disappears by a commit" in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"command": ["true"]},
        {"args": ["--help"]},
        {"env": [{"name": "SERVING_BAKE_SECONDS", "value": "0.3"}]},
        {"env": []},
    ],
)
def test_the_smoke_test_does_what_it_does(argocd: Account, change: dict[str, Any]) -> None:
    present = read("job", f"{NAME}-smoke", "-n", NAMESPACE)
    template = present["spec"]["template"]["spec"]
    spec = {"template": {"spec": template | {"containers": [template["containers"][0] | change]}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"{NAME}-smoke"}, "spec": spec}
    answer = argocd.request("POST", JOBS, job)
    assert answer.status in (403, 422)
    assert "The smoke test needs its command" in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"predictor": {"minReplicas": 0}}},
        {"metadata": {"annotations": {"serving.kserve.io/stop": "true"}}},
    ],
)
def test_the_service_goes_on(argocd: Account, change: dict[str, Any]) -> None:
    answer = argocd.patch(SERVICE, change)
    assert answer.status in (403, 422)
    assert "goes on serving" in answer.message


def test_the_service_stays(argocd: Account) -> None:
    answer = argocd.request("DELETE", SERVICE)
    assert answer.status in (403, 422)
    assert "predictor/removal: intended" in answer.message


@pytest.fixture
def intended() -> Iterator[str]:
    """A service without pods whose removal is intended."""
    present = read("isvc", NAME, "-n", NAMESPACE)
    annotations = {"serving.kserve.io/deploymentMode": "Standard", "serving.kserve.io/stop": "true"}
    annotations |= {"predictor/removal": "intended"}
    metadata = {"name": "intended", "namespace": NAMESPACE, "annotations": annotations}
    thing = {"apiVersion": present["apiVersion"], "kind": present["kind"], "metadata": metadata}
    kubectl("create", "-f", "-", input=json.dumps(thing | {"spec": present["spec"]}))
    yield f"{SERVICES}/intended"
    kubectl("-n", NAMESPACE, "delete", "isvc", "intended")


def test_a_removal_that_is_intended_is_made(argocd: Account, intended: str) -> None:
    answer = argocd.request("DELETE", intended)
    assert answer.status == 200, answer.message
