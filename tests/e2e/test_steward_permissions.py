"""What the steward's account may do: its permissions, and its conditions in the InferenceService's status.

Nothing is changed: every request is a dry run.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from model.settings import NAME, NAMESPACE

from .account import MERGE, STEWARD, Account, account, assert_refused, schema
from .commands import read
from .schema_fields import change, fields, has_default, nest, present_fields

pytestmark = [pytest.mark.ci, pytest.mark.usefixtures("released")]

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
SERVICES = f"/apis/serving.kserve.io/v1beta1/namespaces/{NAMESPACE}/inferenceservices"
STATUS = f"{SERVICES}/{NAME}/status"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
OWN = ("RolloutFailed", "Proven", "PhotoCost")
ITS = {"status": "True", "reason": "Error", "message": "words", "severity": "Info"}
ITS |= {"lastTransitionTime": "2026-01-31T12:00:00Z"}


@pytest.fixture(scope="module")
def steward() -> Iterator[Account]:
    with account(STEWARD) as steward:
        yield steward


PERMITTED = {
    "argocd": {f"get,patch applications.argoproj.io {NAME}"},
    NAMESPACE: {
        "list pods. *",
        "get,list deployments,replicasets.apps *",
        f"get inferenceservices.serving.kserve.io {NAME}",
        f"patch inferenceservices/status.serving.kserve.io {NAME}",
    },
    "default": set(),
}


def describe(rule: dict[str, Any]) -> str:
    parts = [rule["verbs"], rule["resources"], rule["apiGroups"], rule.get("resourceNames", ["*"])]
    verbs, resources, groups, names = map(",".join, parts)
    return f"{verbs} {resources}.{groups} {names}"


@pytest.mark.parametrize("namespace", PERMITTED)
def test_what_it_may_do_by_its_permissions(steward: Account, namespace: str) -> None:
    """The API server's own list; what every account may ask about itself is left out."""
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
    answer = steward.request("POST", REVIEW, review | {"spec": {"namespace": namespace}})
    found = {describe(rule) for rule in answer.body["status"]["resourceRules"]}
    assert {rule for rule in found if ".authorization.k8s.io" not in rule and ".authentication.k8s.io" not in rule} == (
        PERMITTED[namespace]
    )


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_objects_are_refused(steward: Account, verb: str) -> None:
    other = SERVICES.replace(f"/namespaces/{NAMESPACE}", "/namespaces/default")
    paths = [APPLICATIONS, f"{APPLICATIONS}/{NAME}", SERVICES, f"{SERVICES}/{NAME}", STATUS, other]
    if verb == "PATCH":
        paths = [f"{APPLICATIONS}/other", f"{SERVICES}/{NAME}", f"{SERVICES}/other/status", f"{other}/{NAME}/status"]
    for path in paths:
        answer = steward.request(verb, path, {}, MERGE if verb == "PATCH" else "application/json")
        assert answer.status == 403, f"{path}: {answer}"


@pytest.mark.parametrize("status", ["True", "False", "Unknown"])
@pytest.mark.parametrize("kind", OWN)
def test_its_conditions_may_be_set_and_removed(steward: Account, kind: str, status: str) -> None:
    others = [c for c in conditions() if c["type"] != kind]
    for wanted in ([*others, ITS | {"type": kind, "status": status}], others):
        answer = steward.patch(STATUS, {"status": {"conditions": wanted}})
        assert answer.status == 200, answer.message


def conditions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read("isvc", NAME, "-n", NAMESPACE)["status"]["conditions"]
    return found


def test_no_other_field_of_the_status_may_be_changed(steward: Account) -> None:
    definition = schema("inferenceservices.serving.kserve.io")["properties"]["status"]
    present = read("isvc", NAME, "-n", NAMESPACE)["status"]
    changes = [change(path, new, definition, present) for path, new in fields(definition, 4)]
    removable = [path for path in present_fields(present) if not has_default(path, definition)]
    changes += [nest(path, None) for path in removable if path != ("conditions",)]
    known = conditions()
    others = [item for item in known if item["type"] not in OWN]
    wanted = [
        [],
        [*known, ITS | {"type": "Other"}],
        *([*others, ITS | {"type": kind}, ITS | {"type": kind}] for kind in OWN),
        [ITS | {"type": item["type"]} for item in known],
        *([item for item in known if item != gone] for gone in others),
    ]
    changes += [{"conditions": items} for items in wanted]
    assert_refused(steward, STATUS, f"{NAME}-steward-status", [{"status": patch} for patch in changes])


def test_a_patch_of_the_status_changes_nothing_beside_it(steward: Account) -> None:
    before = read("isvc", NAME, "-n", NAMESPACE)
    answer = steward.patch(STATUS, {"spec": {"predictor": {"minReplicas": 0}}, "metadata": {"labels": {"a": "b"}}})
    assert answer.status == 200
    assert answer.body["spec"] == before["spec"]
    assert answer.body["metadata"].get("labels") == before["metadata"].get("labels")
