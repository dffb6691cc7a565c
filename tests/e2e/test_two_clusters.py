"""Staging in a cluster of its own: production, in the other, follows only what was proven there.

It makes that cluster, which takes 10 GB of disk and 3 GB of memory, and removes it in the end.
"""

from collections.abc import Iterator

import pytest

from model.settings import FILE, NAME, NAMESPACE
from tests.unit.hack.test_ports import free_ports

from .changes import replace
from .commands import CLUSTER, CONTEXT, eventually, kubectl, run
from .delivery import Delivery
from .images import build_image
from .load_client import LoadClient
from .test_environments import APPLICATION, PRODUCTION_OVERLAY, STAGING, commands_back, with_image

STAGING_CLUSTER = f"{CLUSTER}-staging"
STAGING_CONTEXT = f"kind-{STAGING_CLUSTER}"


def revision(context: str, namespace: str) -> str:
    """The revision of the image that the InferenceService of that cluster names."""
    path = "jsonpath={.spec.predictor.containers[0].image}"
    image = run("kubectl", "--context", context, "-n", namespace, "get", "isvc", NAME, "-o", path).stdout
    return image.rpartition(":")[2]


def applications(context: str) -> set[str]:
    """The Applications of that cluster's Argo CD."""
    names = run("kubectl", "--context", context, "-n", "argocd", "get", "applications", "-o", "name").stdout.split()
    return {name.rpartition("/")[2] for name in names}


def bring_up(delivery: Delivery, **settings: str) -> None:
    """Runs the clone's hack/up in one of the clusters, or for one of the environments."""
    print(run(delivery.folder / "hack/up", "--no-rollout", env=delivery.environment() | settings).stdout)


@pytest.fixture(scope="module")
def apart(delivery: Delivery, released: str) -> Iterator[Delivery]:
    """Staging in a new cluster, production in the one that serves; in the end there is one environment again."""
    delivery.edit(FILE, replace("RELEASE_TO=production", "RELEASE_TO=staging"), "Staging first")
    try:
        bring_up(delivery, SERVING_CLUSTER=STAGING_CLUSTER, SERVING_ENVIRONMENT="staging", **free_ports())
        bring_up(delivery, SERVING_ENVIRONMENT="production")
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("SERVING_CONTEXT", STAGING_CONTEXT)
            monkeypatch.setenv("SERVING_PRODUCTION_CONTEXT", CONTEXT)
            print(delivery.hack("verdict", "--timeout", "600"))
            print(delivery.hack("promote"))
            yield delivery
        delivery.edit(FILE, replace("RELEASE_TO=staging", "RELEASE_TO=production"), "No staging any more")
        for command in commands_back():
            print(kubectl(*command, "--ignore-not-found"))
        bring_up(delivery)
    finally:
        run("kind", "delete", "cluster", "--name", STAGING_CLUSTER)
    assert delivery.verdict(delivery.head()).color == "green"


def test_each_cluster_has_its_environment_alone(apart: Delivery) -> None:
    assert applications(STAGING_CONTEXT) == {f"{APPLICATION}-staging"}
    assert applications(CONTEXT) == {APPLICATION, f"{APPLICATION}-promotion"}


def test_what_one_cluster_has_proven_the_other_gets(apart: Delivery, client: LoadClient, released: str) -> None:
    image = build_image(released, "another good one")
    print(apart.hack("release", "--again", "a test", "--tag", image))
    assert (revision(STAGING_CONTEXT, STAGING), revision(CONTEXT, NAMESPACE)) == (image, released)
    assert "promoted" in apart.hack("promote")
    assert revision(CONTEXT, NAMESPACE) == image


def test_what_one_cluster_refused_the_other_does_not_get(apart: Delivery, client: LoadClient, released: str) -> None:
    running = revision(CONTEXT, NAMESPACE)
    bad = apart.bump(build_image(released, "refuses JPEG"))
    assert "RED" in apart.hack("verdict", "--timeout", "180", check=False)
    assert "staging has not proven" in apart.hack("promote", bad, check=False)
    assert revision(CONTEXT, NAMESPACE) == running
    apart.revert()
    assert "GREEN" in apart.hack("verdict")


def test_a_production_that_turns_red_goes_back(apart: Delivery, client: LoadClient, released: str) -> None:
    running = revision(CONTEXT, NAMESPACE)
    bad = build_image(released, "refuses JPEG")
    commit = apart.edit(PRODUCTION_OVERLAY, with_image(bad), "Another image in production alone")
    assert "GREEN" in apart.hack("verdict")
    assert "was red in production; the promotion is reverted" in apart.hack("promote", check=False)
    eventually("production is back", lambda: revision(CONTEXT, NAMESPACE) == running, 30)
    assert "was taken back from production" in apart.hack("verdict", commit)
    apart.git("revert", "--no-edit", commit)
