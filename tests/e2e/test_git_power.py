"""What a commit may not change, although Argo CD applies it with all permissions. Nothing is changed by these tests."""

from collections.abc import Iterator

import pytest

from .account import Account, account
from .commands import read

pytestmark = [pytest.mark.ci, pytest.mark.usefixtures("released")]

RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/catdog"
SERVICE = "/apis/serving.kserve.io/v1beta1/namespaces/catdog/inferenceservices/catdog"


@pytest.fixture(scope="module")
def argocd() -> Iterator[Account]:
    with account("system:serviceaccount:argocd:argocd-application-controller") as argocd:
        yield argocd


@pytest.mark.parametrize("kind", ["role", "rolebinding"])
def test_the_stewards_permissions_stay(argocd: Account, kind: str) -> None:
    name = "catdog-steward-rollout"
    present = read(kind, name, "-n", "catdog")
    asked = [
        argocd.patch(f"{RBAC}/{kind}s/{name}", {"metadata": {"labels": {"a": "b"}}}),
        argocd.request("PUT", f"{RBAC}/{kind}s/{name}", present),
        argocd.request("DELETE", f"{RBAC}/{kind}s/{name}"),
    ]
    for answer in asked:
        assert answer.status in (403, 422)
        assert "Git may not change catdog-steward-rollout" in answer.message


def test_the_strict_health_check_stays(argocd: Account) -> None:
    for labels in (None, {"catdog/rollout-health": None}, {"catdog/rollout-health": "lax"}):
        answer = argocd.patch(SERVICE, {"metadata": {"labels": labels}})
        assert answer.status in (403, 422)
        assert "needs the label catdog/rollout-health: strict" in answer.message


def test_other_changes_are_made(argocd: Account) -> None:
    harmless = {"metadata": {"labels": {"a": "b"}}}
    for path in (f"{RBAC}/roles/catdog-smoke", f"{RBAC}/rolebindings/catdog-smoke", SERVICE):
        answer = argocd.patch(path, harmless)
        assert answer.status == 200, answer.message
