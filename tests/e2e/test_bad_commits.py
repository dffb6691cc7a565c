"""Every bad commit is red in time and for its own reason, loses no request, and is green again after its revert."""

import pytest

from .changes import edit_json, replace, set_memory
from .delivery import CLAIMS, EXPECTED, INFERENCESERVICE, KUSTOMIZATION, PRODUCTION, Delivery
from .images import build_image
from .load_client import LoadClient
from .verdicts import assert_red_then_green

ci = pytest.mark.ci

# none of them gets traffic
IMAGES = [
    pytest.param("process exits at once", "out of order"),
    pytest.param("model file missing", "model.pt"),
    pytest.param("model file corrupt", "model.pt"),
    pytest.param("another revision", f"revision {'0' * 40}, the commit claims"),
    pytest.param("swaps the labels", "the answer to a golden photo"),
    pytest.param("swaps the labels, and its own smoke test always passes", "the answer to a golden photo", marks=ci),
    pytest.param("every predict fails", "a prediction answers 500"),
    pytest.param("refuses JPEG", "a prediction answers 400", marks=ci),
    pytest.param("ignores the orientation", "(JPEG with EXIF orientation 6) is wrong"),
    pytest.param("WebP is black", "(WebP larger than the input) is wrong"),
    pytest.param("fails 1 in 12", "answers 500"),  # the gate asks twelve times
    pytest.param("never ready", "not ready"),
]
CHANGES = {
    "tag that does not exist": (KUSTOMIZATION, replace("newTag: ", "newTag: no-such-"), "not found"),
    "memory limit too small": (INFERENCESERVICE, set_memory("64Mi", 2), "OOMKilled|exit status 137"),
    "broken YAML": (INFERENCESERVICE, lambda text: text + "  - nonsense\n", "yaml|YAML"),
    "kustomization that is no YAML": (PRODUCTION, lambda text: text + "not: [valid\n", "invalid Kustomization"),
    "invalid manifest": (INFERENCESERVICE, replace("minReplicas: 2", "minReplicas: two"), "minReplicas"),
    "request above the limit": (INFERENCESERVICE, set_memory("100Gi", 1), "must be less than or equal"),
    "wrong readiness path": (
        INFERENCESERVICE,
        replace("path: /v1/models/$(NAME)", "path: /v1/models/nothing"),
        "not ready after",
    ),
    "other classes": (CLAIMS, edit_json(lambda claims: claims.update(classes=["cat", "owl"])), "dog came, owl went"),
    "manifests that are not there": (KUSTOMIZATION, replace("  - rbac.yaml", "  - nothing.yaml"), "nothing.yaml"),
    # the image and its model are the good ones: the claim alone decides
    "model of less accuracy than is asked for": (
        EXPECTED,
        edit_json(lambda expected: expected.update(accuracy=0.8)),
        "claims an accuracy of 80.00 %",
    ),
    "model without a figure": (EXPECTED, edit_json(lambda expected: expected.pop("accuracy")), "claims no accuracy"),
}
CI_CHANGES = {"broken YAML", "model of less accuracy than is asked for"}


@pytest.mark.parametrize(("fault", "reason"), IMAGES)
def test_bad_image(delivery: Delivery, client: LoadClient, released: str, fault: str, reason: str) -> None:
    tag = build_image(released, fault)
    assert_red_then_green(delivery, delivery.bump(tag), reason)
    assert not {tag, "0" * 40} & client.revisions(), "a pod that was never proven has answered"


@pytest.mark.parametrize("what", [pytest.param(what, marks=ci if what in CI_CHANGES else ()) for what in CHANGES])
def test_bad_manifest(delivery: Delivery, client: LoadClient, what: str) -> None:
    file, change, reason = CHANGES[what]
    assert_red_then_green(delivery, delivery.edit(file, change, f"Bad: {what}"), reason)


def test_fix_is_taken_up_while_the_bad_sync_runs(delivery: Delivery, client: LoadClient, released: str) -> None:
    delivery.bump(build_image(released, "never ready"))
    assert delivery.verdict(delivery.head(), timeout=10).color == "unknown"
    verdict = delivery.verdict(delivery.revert(), timeout=60)
    assert verdict.color == "green", verdict.text
    assert verdict.seconds < 45
