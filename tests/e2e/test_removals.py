"""Nothing disappears by a commit: what is missing is named, and what was proven goes on serving."""

from typing import Any

import pytest

from model.settings import NAME, NAMESPACE

from .changes import edit_yaml
from .commands import condition, eventually, read, read_state, ready_pods
from .delivery import CLAIMS, INFERENCESERVICE, KUSTOMIZATION, Delivery, Edit
from .load_client import LoadClient
from .verdicts import assert_red_then_green, red_then_green

JUDGE = "[name=judge]"
File = dict[str, Any]


def without_service(kustomization: File) -> None:
    kustomization["resources"].remove("inferenceservice.yaml")
    del kustomization["replacements"]  # they read its image, and would not render


def without_smoke_test(kustomization: File) -> None:
    kustomization["resources"].remove("smoke-job.yaml")


def without_smoke_test_and_its_copy(kustomization: File) -> None:
    without_smoke_test(kustomization)
    generators = kustomization["configMapGenerator"]
    kustomization["configMapGenerator"] = [g for g in generators if "smoke-job.yaml" not in g.get("files", [])]


def without_replacements_of_the_gate(kustomization: File) -> None:
    for target in [target for item in kustomization["replacements"] for target in item["targets"]]:
        target["fieldPaths"] = [path for path in target["fieldPaths"] if JUDGE not in path]
    for item in kustomization["replacements"]:
        item["targets"] = [target for target in item["targets"] if target["fieldPaths"]]


def without_gate(service: File) -> None:
    predictor = service["spec"]["predictor"]
    predictor["containers"] = [each for each in predictor["containers"] if each["name"] != "judge"]


def without_claims(kustomization: File) -> None:
    for generator in kustomization["configMapGenerator"]:
        generator["files"] = [file for file in generator["files"] if "claims.json" not in file]


def test_the_service(delivery: Delivery, client: LoadClient) -> None:
    pods = set(ready_pods())
    commit = delivery.edit(KUSTOMIZATION, edit_yaml(without_service), "Bad: no service")
    with red_then_green(delivery, commit, "predictor/removal"):
        assert "deletionTimestamp" not in read("isvc", NAME, "-n", NAMESPACE)["metadata"]
        assert read_state().sync_status != "Synced"
        assert pods <= set(ready_pods())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(without_smoke_test_and_its_copy, marks=pytest.mark.ci),
        without_smoke_test,
    ],
)
def test_the_smoke_test(delivery: Delivery, client: LoadClient, change: Any) -> None:
    commit = delivery.edit(KUSTOMIZATION, edit_yaml(change), "Bad: no smoke test")
    with red_then_green(delivery, commit, "brings no smoke test"):
        eventually("Proven is False", lambda: condition("Proven")["reason"] == "NoSmokeTest", 15)
        assert condition("Proven")["status"] == "False"
        eventually("Argo CD says Progressing", lambda: read_state().health == "Progressing", 15)
    eventually("Proven is True", lambda: condition("Proven")["status"] == "True", 15)


@pytest.mark.ci
def test_the_gate(delivery: Delivery, client: LoadClient) -> None:
    pods = set(ready_pods())
    changes = {
        INFERENCESERVICE: edit_yaml(without_gate),
        KUSTOMIZATION: edit_yaml(without_replacements_of_the_gate),
    }
    commit = delivery.edit_files(changes, "Bad: no gate")
    with red_then_green(delivery, commit, "Nothing disappears by a commit"):
        assert pods <= set(ready_pods())


@pytest.mark.parametrize(
    ("file", "change"),
    [(KUSTOMIZATION, edit_yaml(without_claims)), (CLAIMS, lambda _: "")],
    ids=["not told to the judge", "empty"],
)
def test_the_claims(delivery: Delivery, client: LoadClient, file: str, change: Edit) -> None:
    assert_red_then_green(delivery, delivery.edit(file, change, "Bad: no claims"), CLAIMS)
