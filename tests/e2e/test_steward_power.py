"""The steward and the Application: every verb on every field but what it needs is refused.

The tests use a namespace in which the steward's account may do everything by its permissions, so that a refusal is the
policy's, and an Application there that no Argo CD watches.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from argocd.steward.application import proof_operation
from model.settings import NAME

from .account import APPLY, JSON_PATCH, STEWARD, Account, account, assert_refused, schema
from .commands import PROJECT, kubectl, read
from .schema_fields import change, fields, nest, present_fields

pytestmark = [pytest.mark.ci, pytest.mark.usefixtures("released")]

NAMESPACE = f"{NAME}-steward-power"
APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications"
APPLICATION = f"{APPLICATIONS}/{NAME}"
ENDING = {"status": {"operationState": {"phase": "Terminating"}}}


@pytest.fixture(scope="module")
def steward() -> Iterator[Account]:
    with account(STEWARD) as steward:
        yield steward


@pytest.fixture(scope="module")
def playground() -> Iterator[None]:
    """A namespace in which permissions do not limit the steward."""
    kubectl("create", "namespace", NAMESPACE)
    try:
        admin = ["--clusterrole", "cluster-admin", "--serviceaccount", f"argocd:{NAME}-steward"]
        kubectl("create", "rolebinding", "all", "-n", NAMESPACE, *admin)
        yield
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--timeout=90s")


def apply(thing: dict[str, Any]) -> dict[str, Any]:
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=json.dumps(thing))
    found: dict[str, Any] = read("application", NAME, "-n", NAMESPACE)
    return found


def application(phase: str, **more: Any) -> dict[str, Any]:
    """An Application like the real one, whose last sync is in this phase."""
    spec = read("application", NAME, "-n", "argocd")["spec"]
    sync = {"status": "Synced", "revision": "good", "comparedTo": {"source": spec["source"], "destination": {}}}
    operation = {"phase": phase, "startedAt": "2026-01-31T12:00:00Z", "message": "words", "retryCount": 1}
    operation |= {"operation": {"sync": {"revision": "bad"}}}
    status = {"sync": sync, "operationState": operation, "health": {"status": "Healthy"}, "resources": []}
    metadata = {"name": NAME, "namespace": NAMESPACE, "labels": {"a": "label"}, "annotations": {"an": "annotation"}}
    thing = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata}
    return thing | {"spec": spec, "status": status} | more


@pytest.fixture
def running(playground: None) -> dict[str, Any]:
    return apply(application("Running"))


@pytest.fixture
def ended(playground: None) -> dict[str, Any]:
    return apply(application("Failed"))


def test_a_running_sync_may_be_ended(steward: Account, running: dict[str, Any]) -> None:
    version = {"metadata": {"resourceVersion": running["metadata"]["resourceVersion"]}}
    answer = steward.patch(APPLICATION, ENDING | version)
    assert answer.status == 200, answer.message


def test_the_sync_that_proves_may_be_started(steward: Account, ended: dict[str, Any]) -> None:
    answer = steward.patch(APPLICATION, {"operation": proof_operation(ended, f"{NAME}-steward")})
    assert answer.status == 200, answer.message
    assert answer.body["operation"] == proof_operation(ended, f"{NAME}-steward")


@pytest.mark.parametrize("state", ["running", "ended"])
def test_no_field_of_the_application_may_be_set(steward: Account, state: str, request: pytest.FixtureRequest) -> None:
    present, definition = request.getfixturevalue(state), schema("applications.argoproj.io")
    parts = {name: definition["properties"][name] for name in ("spec", "status", "operation")}
    changes = [
        {name: change(path, new, part, present.get(name))}
        for name, part in parts.items()
        for path, new in fields(part, 4)
    ]
    metadata: list[dict[str, Any]] = [
        {"labels": {"other": "label"}},
        {"annotations": {"argocd.argoproj.io/refresh": "hard"}},
        {"finalizers": ["resources-finalizer.argocd.argoproj.io"]},
        {"ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "1"}]},
    ]
    assert_refused(steward, APPLICATION, f"{NAME}-steward-application", changes + [{"metadata": m} for m in metadata])


@pytest.mark.parametrize("state", ["running", "ended"])
def test_no_field_of_the_application_may_be_removed(
    steward: Account, state: str, request: pytest.FixtureRequest
) -> None:
    present = request.getfixturevalue(state)
    paths = [(part, *path) for part in ("spec", "status") for path in present_fields(present[part])]
    # the schema would refuse these before any policy is asked
    required = {
        "destination",
        "project",
        "source",
        "repoURL",
        "status",
        "comparedTo",
        "phase",
        "startedAt",
        "operation",
    }
    changes = [nest(path, None) for path in paths if path[-1] not in required]
    changes += [{"metadata": {"labels": None}}, {"metadata": {"annotations": {"an": None}}}, {"status": None}]
    assert_refused(steward, APPLICATION, f"{NAME}-steward-application", changes)


def test_a_sync_of_its_own_making_is_refused(steward: Account, ended: dict[str, Any]) -> None:
    """The sync that proves, with any one field more, or other, or less."""
    proof = {"operation": proof_operation(ended, f"{NAME}-steward")}
    operation = schema("applications.argoproj.io")["properties"]["operation"]
    changes = [
        {"operation": merge(proof["operation"], change(p, n, operation, proof["operation"]))}
        for p, n in fields(operation, 3)
    ]
    changes += [merge(proof, nest(path, None)) for path in present_fields(proof)][1:]
    assert_refused(steward, APPLICATION, f"{NAME}-steward-application", changes)


def merge(base: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict) or not isinstance(base, dict):
        return patch
    merged = {name: merge(base.get(name), part) for name, part in patch.items() if part is not None}
    return {name: part for name, part in base.items() if name not in patch} | merged


def test_no_sync_may_be_started_for_one_that_waits(steward: Account, playground: None) -> None:
    waiting = application("Failed", operation={"sync": {"revision": "mine"}})
    present = apply(waiting)
    proof = {"operation": proof_operation(present, f"{NAME}-steward")}
    changes = [proof, {"operation": None}, {"operation": {"sync": {"revision": "other"}}}]
    assert_refused(steward, APPLICATION, f"{NAME}-steward-application", changes)
    kubectl("delete", "application", NAME, "-n", NAMESPACE)


def test_no_other_verb_does_more(steward: Account, running: dict[str, Any]) -> None:
    """Where permissions allow all verbs."""
    changed = running["spec"] | {"project": "default"}
    new = {"apiVersion": running["apiVersion"], "kind": "Application", "metadata": {"name": "new"}, "spec": changed}
    mine = new | {"metadata": {"name": NAME}}
    replace = [{"op": "replace", "path": "/spec/project", "value": "default"}]
    asked = [
        steward.request("POST", APPLICATIONS, new),
        steward.request("PUT", APPLICATION, running | {"spec": changed}),
        steward.request("PATCH", f"{APPLICATION}?force=true", mine, APPLY),
        steward.request("PATCH", f"{APPLICATIONS}/new?force=true", new, APPLY),
        steward.request("PATCH", APPLICATION, replace, JSON_PATCH),
        steward.request("DELETE", APPLICATION),
        steward.request("DELETE", APPLICATIONS),
    ]
    for answer in asked:
        assert f"'{NAME}-steward-application'" in answer.message, answer
    for part in ("status", "scale"):
        assert steward.patch(f"{APPLICATION}/{part}", ENDING).status == 404


def test_other_applications_are_refused(steward: Account, running: dict[str, Any]) -> None:
    other = {name: running[name] for name in ("apiVersion", "kind", "spec", "status")}
    apply(other | {"metadata": {"name": "other", "namespace": NAMESPACE}})
    answer = steward.patch(f"{APPLICATIONS}/other", ENDING)
    assert f"may patch the Application {NAME}, and may create, replace or delete none" in answer.message


def test_other_inferenceservices_are_refused(steward: Account, playground: None) -> None:
    probe = yaml.safe_load((PROJECT / "hack/platform/kserve/probe.yaml").read_text())
    probe["metadata"]["namespace"] = NAMESPACE
    services = f"/apis/serving.kserve.io/v1beta1/namespaces/{NAMESPACE}/inferenceservices"
    answer = steward.request("POST", services, probe)
    assert f"may patch the status of the InferenceService {NAME}, and nothing else" in answer.message
