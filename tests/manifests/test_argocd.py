"""What whoever runs the platform applies: on a shared Argo CD, and in the cluster that hack/up makes."""

import re
from typing import Any

import pytest

from .conftest import PROJECT, find, render, render_part

Objects = list[dict[str, Any]]
CLUSTER_WIDE = {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


@pytest.fixture(scope="module")
def local() -> Objects:
    return render("argocd/local")


def allowed(argocd: Objects) -> set[tuple[str, str]]:
    rules = find(argocd, "AppProject")["spec"]["namespaceResourceWhitelist"]
    return {(rule["group"], rule["kind"]) for rule in rules}


def test_the_project_allows_exactly_what_there_is(manifests: Objects, argocd: Objects) -> None:
    assert allowed(argocd) == {(o["apiVersion"].rpartition("/")[0], o["kind"]) for o in manifests}
    spec = find(argocd, "AppProject")["spec"]
    assert "clusterResourceWhitelist" not in spec
    assert find(argocd, "Application")["spec"]["source"]["repoURL"] in spec["sourceRepos"]
    assert all(o["metadata"].get("namespace", "catdog") == "catdog" for o in manifests)


def test_git_has_no_part_of_its_own_guard(manifests: Objects, argocd: Objects) -> None:
    guard = {(o["kind"], o["metadata"]["name"]) for o in render_part("argocd/guard")}
    assert guard
    assert not guard & {(o["kind"], o["metadata"]["name"]) for o in manifests}
    assert guard <= {(o["kind"], o["metadata"]["name"]) for o in argocd}


def test_the_namespace_stays_where_it_once_came_from_git(argocd: Objects) -> None:
    metadata = find(argocd, "Namespace")["metadata"]
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert metadata["annotations"] == {
        "argocd.argoproj.io/sync-options": "Prune=false",
        "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    }


def test_every_object_is_where_it_belongs(argocd: Objects, local: Objects) -> None:
    for thing in [*argocd, *local]:
        metadata = thing["metadata"]
        if thing["kind"] in CLUSTER_WIDE:
            assert "namespace" not in metadata
        else:
            inside = "catdog" if metadata["name"] == "catdog-steward-rollout" else "argocd"
            assert metadata["namespace"] == inside, metadata["name"]


def test_a_shared_argocd_gets_nothing_that_touches_its_others(argocd: Objects) -> None:
    assert set(find(argocd, "ConfigMap", "argocd-cm")["data"]) == {
        "resource.customizations.health.serving.kserve.io_InferenceService",
        "resource.customizations.useOpenLibs.serving.kserve.io_InferenceService",
    }
    assert not [o for o in argocd if o["metadata"]["name"] == "argocd-cmd-params-cm"]


def test_the_local_cluster_differs_by_its_settings_and_its_repository_alone(argocd: Objects, local: Objects) -> None:
    application, project = find(local, "Application"), find(local, "AppProject")
    assert application["spec"]["source"]["repoURL"] == "file:///repo"
    assert project["spec"]["sourceRepos"] == ["file:///repo"]
    settings = find(local, "ConfigMap", "argocd-cm")["data"]
    assert settings.items() > find(argocd, "ConfigMap", "argocd-cm")["data"].items()
    changed = {("ConfigMap", "argocd-cm"), ("Application", "catdog"), ("AppProject", "catdog")}
    rest = [o for o in local if (o["kind"], o["metadata"]["name"]) not in changed]
    added = {o["metadata"]["name"] for o in rest if o not in argocd}
    assert added == {"argocd-cmd-params-cm"}
    assert [o for o in argocd if (o["kind"], o["metadata"]["name"]) not in changed and o not in rest] == []


def test_every_image_has_a_digest(argocd: Objects, local: Objects) -> None:
    pods = [o["spec"]["template"]["spec"] for o in [*argocd, *local] if o["kind"] == "Deployment"]
    images = [container["image"] for pod in pods for container in pod["containers"]]
    assert images
    for image in images:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image


def test_a_policy_that_fails_refuses(argocd: Objects) -> None:
    policies = [o for o in argocd if o["kind"] == "ValidatingAdmissionPolicy"]
    bindings = [o["spec"] for o in argocd if o["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert sorted(b["policyName"] for b in bindings) == sorted(p["metadata"]["name"] for p in policies)
    assert all(b["validationActions"] == ["Deny"] for b in bindings)
    assert {p["spec"]["failurePolicy"] for p in policies} == {"Fail"}
    for rule in (rule for p in policies for rule in p["spec"]["validations"]):
        assert rule["message"]


def test_the_health_checks_label(manifests: Objects, argocd: Objects) -> None:
    """The health check, the policy that holds git to it, and the InferenceService name the same label."""
    labels = find(manifests, "InferenceService")["metadata"]["labels"]
    assert labels["predictor/rollout-health"] == "strict"
    data = find(argocd, "ConfigMap", "argocd-cm")["data"]
    assert (
        'labels or {})["predictor/rollout-health"] == "strict"'
        in data["resource.customizations.health.serving.kserve.io_InferenceService"]
    )
    rules = find(argocd, "ValidatingAdmissionPolicy", "catdog-git")["spec"]["validations"]
    assert any("labels[?'predictor/rollout-health'].orValue('') == 'strict'" in rule["expression"] for rule in rules)


def test_the_steward_is_watched(argocd: Objects) -> None:
    spec = find(argocd, "Deployment", "catdog-steward")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    (port,) = container["ports"]
    assert port["name"] == container["livenessProbe"]["httpGet"]["port"] == "metrics"
    assert spec["replicas"] == 2
    budget = find(argocd, "PodDisruptionBudget", "catdog-steward")["spec"]
    assert budget["selector"] == spec["selector"]


def test_the_example_names_what_the_release_workflow_signs(manifests: Objects, argocd: Objects) -> None:
    (policy,) = render("argocd/examples")
    assert (policy["apiVersion"], policy["kind"]) == ("policy.sigstore.dev/v1beta1", "ClusterImagePolicy")
    (image,), (authority,) = policy["spec"]["images"], policy["spec"]["authorities"]
    server = find(manifests, "InferenceService")["spec"]["predictor"]["containers"][0]
    assert re.split("[:@]", server["image"])[0] == image["glob"].rstrip("*")
    (identity,) = authority["keyless"]["identities"]
    assert f"--certificate-oidc-issuer {identity['issuer']} " in (PROJECT / "hack/sign-image").read_text()
    repository = find(argocd, "Application")["spec"]["source"]["repoURL"].removesuffix(".git")
    assert identity["subject"] == f"{repository}/.github/workflows/release.yml@refs/heads/main"
    assert "hack/sign-image" in (PROJECT / ".github/workflows/release.yml").read_text()
