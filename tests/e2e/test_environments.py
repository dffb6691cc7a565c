"""Staging before production, in one cluster: production follows what was promoted, and nothing else.

These tests come last: they turn the cluster into one with two environments.
"""

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest

from hack.delivery.environments import STAGING_FILE
from model.settings import FILE, NAME, NAMESPACE, SETTINGS, parse_settings

from .changes import replace
from .commands import PROJECT, eventually, kubectl, read
from .delivery import INFERENCESERVICE, Delivery, Edit
from .images import build_image
from .load_client import LoadClient

STAGING = parse_settings((PROJECT / STAGING_FILE).read_text())["NAMESPACE"]
APPLICATION = SETTINGS["APPLICATION"]
PRODUCTION_OVERLAY = "manifests/production/kustomization.yaml"


def revision(namespace: str) -> str:
    """The revision of the image that the InferenceService names."""
    containers = read("isvc", NAME, "-n", namespace)["spec"]["predictor"]["containers"]
    return str(containers[0]["image"].rpartition(":")[2])


def with_image(tag: str) -> Edit:
    """An overlay whose InferenceService has another image than the base."""
    patch = f'{{op: replace, path: /spec/predictor/containers/0/image, value: "$(IMAGE):{tag}"}}'
    override = f"patches:\n  - target: {{kind: InferenceService}}\n    patch: |-\n      - {patch}\n"
    return lambda text: text + override


def commands_back() -> list[list[str]]:
    """What README.md has people delete for one environment again, without `kubectl`."""
    section = (PROJECT / "README.md").read_text().partition("Back to one environment")[2].replace("\\\n", "")
    lines = [line.split() for line in section.splitlines() if line.startswith("    kubectl ")]
    return [words[1:] for words in takewhile(lambda words: "delete" in words, lines)]


@pytest.fixture(scope="module")
def staged(delivery: Delivery, released: str) -> Iterator[Delivery]:
    """The clone's releases go to staging, and what ran in production is promoted; in the end all is as it was."""
    delivery.edit(FILE, lambda text: text.replace("RELEASE_TO=production", "RELEASE_TO=staging"), "Staging first")
    print(delivery.hack("up", "--no-rollout"))
    print(delivery.hack("verdict", "--timeout", "300"))
    print(delivery.hack("promote"))
    yield delivery
    delivery.edit(FILE, lambda text: text.replace("RELEASE_TO=staging", "RELEASE_TO=production"), "No staging any more")
    for command in commands_back():
        print(kubectl(*command))
    print(delivery.hack("up", "--no-rollout"))
    assert delivery.verdict(delivery.head()).color == "green"


@pytest.mark.ci
def test_what_staging_has_proven_is_promoted_by_one_line(staged: Delivery, client: LoadClient, released: str) -> None:
    before = staged.head()
    image = build_image(released, "another good one")
    print(staged.hack("release", "--again", "a test", "--tag", image))
    assert (revision(STAGING), revision(NAMESPACE)) == (image, released)
    assert "promoted" in staged.hack("promote")
    assert (revision(STAGING), revision(NAMESPACE)) == (image, image)
    assert len(staged.git("log", "--format=%h", f"{before}..HEAD").split()) == 2
    assert staged.git("show", "--numstat", "--format=").split() == ["1", "1", "argocd/promoted/revision.yaml"]
    client.assert_nothing_lost()


def test_what_staging_refused_is_not_promoted(staged: Delivery, client: LoadClient, released: str) -> None:
    running = revision(NAMESPACE)
    bad = staged.bump(build_image(released, "refuses JPEG"))
    assert "RED" in staged.hack("verdict", "--timeout", "90", check=False)
    said = staged.hack("promote", bad, check=False)
    assert "staging has not proven" in said, said
    staged.revert()
    assert "GREEN" in staged.hack("verdict")
    assert revision(NAMESPACE) == running


@pytest.mark.ci
def test_a_production_that_turns_red_goes_back(staged: Delivery, client: LoadClient, released: str) -> None:
    """The image that production alone names refuses every JPEG; staging is as it was."""
    running = revision(NAMESPACE)
    bad = build_image(released, "refuses JPEG")
    commit = staged.edit(PRODUCTION_OVERLAY, with_image(bad), "Another image in production alone")
    assert "GREEN" in staged.hack("verdict")
    said = staged.hack("promote", check=False)
    print(said)
    assert "was red in production; the promotion is reverted" in said
    eventually("production is back", lambda: revision(NAMESPACE) == running, 30)
    assert "was taken back from production" in staged.hack("verdict", commit)
    assert "was taken back by" in staged.hack("promote", commit, check=False)
    client.assert_nothing_lost()
    staged.git("revert", "--no-edit", commit)


def test_a_bad_change_of_the_base_never_reaches_production(staged: Delivery, client: LoadClient) -> None:
    before = kubectl("-n", NAMESPACE, "get", "isvc", NAME, "-o", "jsonpath={.spec}")
    bad = staged.edit(INFERENCESERVICE, replace("--model_name=$(NAME)", "--model_name=other"), "Rename the model")
    assert "RED" in staged.hack("verdict", "--timeout", "90", check=False)
    assert "staging has not proven" in staged.hack("promote", bad, check=False)
    assert kubectl("-n", NAMESPACE, "get", "isvc", NAME, "-o", "jsonpath={.spec}") == before
    staged.revert()
    assert "GREEN" in staged.hack("verdict")


CONTROLLER = "system:serviceaccount:argocd:argocd-application-controller"
REFUSED = [
    {"spec": {"source": {"kustomize": {"images": ["predictor=predictor:unproven"]}}}},
    {"spec": {"source": {"path": "manifests/staging"}}},
    {"spec": {"source": {"repoURL": "https://example.com/other.git"}}},
    {"spec": {"project": "default"}},
    {"spec": {"syncPolicy": {"automated": None}}},
    {"operation": {"sync": {"revision": "main"}}},
    {"operation": {"sync": {"manifests": ["kind: Pod"]}}},
]


@pytest.mark.ci
@pytest.mark.parametrize("change", REFUSED, ids=json.dumps)
def test_git_changes_nothing_of_production_but_its_commit(staged: Delivery, change: dict[str, Any]) -> None:
    """Argo CD brings what is in argocd/promoted by this account; an administrator may do all of it."""
    patch = ("-n", "argocd", "patch", "application", APPLICATION, "--type=merge", "--dry-run=server", "-p")
    said = kubectl(*patch, json.dumps(change), "--as", CONTROLLER, check=False)
    assert f"ValidatingAdmissionPolicy '{APPLICATION}-promotion'" in said, said
    kubectl(*patch, json.dumps(change))
    kubectl(*patch, '{"spec": {"source": {"targetRevision": "none"}}}', "--as", CONTROLLER)
