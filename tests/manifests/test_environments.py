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
    production = find(render("argocd/production"), "Application", "catdog")
    assert production["spec"]["source"].pop("targetRevision") == "none"
    follows_main = find(render("argocd"), "Application")
    del follows_main["spec"]["source"]["targetRevision"]
    assert production == follows_main


def test_git_brings_the_commit_of_production_and_nothing_else() -> None:
    """What argocd/promotion/policy.yaml does with anything else is tried on a cluster."""
    (promoted,) = render("argocd/promoted")
    assert promoted["metadata"] == {"name": "catdog", "namespace": "argocd"}
    assert list(promoted["spec"]) == ["source"]
    assert list(promoted["spec"]["source"]) == ["targetRevision"]
    objects = render("argocd/production")
    promotion = find(objects, "Application", "catdog-promotion")["spec"]
    assert promotion["source"]["path"] == "argocd/promoted"
    assert promotion["syncPolicy"]["automated"]["prune"] is False
    assert promotion["syncPolicy"]["syncOptions"] == ["ServerSideApply=true"]  # else the other fields would go
    project = find(objects, "AppProject", "catdog-promotion")["spec"]
    assert project["namespaceResourceWhitelist"] == [{"group": "argoproj.io", "kind": "Application"}]
    assert "clusterResourceWhitelist" not in project


def test_a_change_of_staging_alone_starts_a_sync() -> None:
    """Its kustomization is in the ConfigMap that makes Argo CD see a change of the smoke test."""
    data = find(render("manifests/staging"), "ConfigMap", "catdog-smoke-job")["data"]
    text = Path(copy().name, "manifests/staging/kustomization.yaml").read_text()
    assert data["staging.yaml"].replace("catdog-smoke-job", "$(NAME)-smoke-job") == text
