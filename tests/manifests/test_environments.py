"""Staging and production: what is different, and how production comes to follow what was promoted."""

from pathlib import Path
from typing import Any

import pytest

from hack.delivery.environments import STAGING_FILE

from .conftest import copy, find, render

Objects = list[dict[str, Any]]
STAGING = "NAMESPACE=catdog-staging\nAPPLICATION=catdog-staging\nENVIRONMENT=staging\n"


@pytest.fixture(scope="module", autouse=True)
def _names() -> None:
    """Staging's names as the tests know them, whoever has adopted the project."""
    Path(copy().name, STAGING_FILE).write_text(STAGING)


def keys(objects: Objects) -> set[tuple[str, str, str]]:
    """Kind, namespace and name of each."""
    return {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in objects}


def test_both_fit_into_one_cluster() -> None:
    shared = {("ConfigMap", "argocd", "argocd-cm")}  # Argo CD's own, which both change alike
    for staging, production in (
        ("manifests/staging", "manifests/production"),
        ("manifests/staging/monitoring", "manifests/monitoring"),
        ("argocd/staging", "argocd/production"),
        ("argocd/staging/monitoring", "argocd/monitoring"),
    ):
        assert keys(render(staging)) & keys(render(production)) <= shared


def test_staging_serves_as_production_does_but_with_one_pod() -> None:
    staging, production = (find(render(f"manifests/{name}"), "InferenceService") for name in ("staging", "production"))
    assert (staging["metadata"].pop("namespace"), production["metadata"].pop("namespace")) == (
        "catdog-staging",
        "catdog",
    )
    replicas = [
        [each["spec"]["predictor"].pop(key) for key in ("minReplicas", "maxReplicas")] for each in (staging, production)
    ]
    assert replicas == [[1, 2], [2, 10]]
    assert staging == production


def test_the_smoke_test_is_named_after_the_application() -> None:
    """By that name steward and notifications know it."""
    for name, application in (("staging", "catdog-staging"), ("production", "catdog")):
        assert find(render(f"manifests/{name}"), "Job", f"{application}-smoke")


def test_staging_follows_main_and_production_what_was_promoted() -> None:
    staging = find(render("argocd/staging"), "Application", "catdog-staging")
    assert (staging["spec"]["source"]["targetRevision"], staging["spec"]["source"]["path"]) == (
        "main",
        "manifests/staging",
    )
    (promoted,) = render("argocd/promoted")
    assert promoted["spec"]["source"].pop("targetRevision") != "main"
    follows_main = find(render("argocd"), "Application")
    del follows_main["spec"]["source"]["targetRevision"]
    assert promoted == follows_main


def test_production_comes_by_an_application_that_can_bring_nothing_else() -> None:
    objects = render("argocd/production")
    (application,) = [o for o in objects if o["kind"] == "Application"]
    assert application["metadata"]["name"] == "catdog-promotion"
    assert application["spec"]["source"]["path"] == "argocd/promoted"
    assert application["spec"]["syncPolicy"]["automated"]["prune"] is False
    project = find(objects, "AppProject", "catdog-promotion")["spec"]
    assert project["namespaceResourceWhitelist"] == [{"group": "argoproj.io", "kind": "Application"}]
    assert "clusterResourceWhitelist" not in project
    policy = find(objects, "ValidatingAdmissionPolicy", "catdog-promotion")["spec"]
    (validation,) = policy["validations"]
    assert validation["expression"] == "object.metadata.name == 'catdog' && object.spec.project == 'catdog'"


def test_what_is_promoted_on_this_machine_is_changed_as_what_is_applied() -> None:
    """argocd/local/production has the changes of argocd/local once more, for an Application that comes from git."""
    applied = find(render("argocd/local"), "Application")["spec"]["source"]
    by_git = find(render("argocd/local/production"), "Application", "catdog-promotion")["spec"]["source"]
    (patch,) = by_git["kustomize"]["patches"]
    assert by_git["repoURL"] == applied["repoURL"] == "file:///repo"
    assert f'images: ["{applied["kustomize"]["images"][0]}"]' in patch["patch"]


def test_a_change_of_staging_alone_starts_a_sync() -> None:
    """Its kustomization is in the ConfigMap that makes Argo CD see a change of the smoke test."""
    data = find(render("manifests/staging"), "ConfigMap", "catdog-smoke-job")["data"]
    text = Path(copy().name, "manifests/staging/kustomization.yaml").read_text()
    assert data["staging.yaml"].replace("catdog-smoke-job", "$(NAME)-smoke-job") == text
