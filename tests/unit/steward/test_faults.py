"""Which errors of Argo CD and the API server are the commit's fault, and which are no verdict."""

import pytest

from argocd.steward.application import has_failed, met_outage
from argocd.steward.faults import is_rendering_fault
from tests.unit.steward.test_application import WEBHOOK, failed

# As Argo CD and the API server said them on a cluster, or have them in their sources.
OUTAGES = [
    "http2: client connection lost",
    "dial tcp 10.96.0.1:443: connect: no route to host",
    'Post "https://10.96.0.1:443/apis/apps/v1": EOF',
    "the server was unable to return a response in the time allotted, but may still be processing the request",
    "Timeout: request did not complete within requested timeout - context deadline exceeded",
    'inferenceservices "catdog" is forbidden: resource quota evaluation timed out',
    'pods "catdog" is forbidden: exceeded quota: compute, requested: cpu=1, used: cpu=4, limited: cpu=4',
    "Unauthorized",
    "forbidden: unable to create new content in namespace catdog because it is being terminated",
    'namespaces "catdog" not found',
    "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
    "conversion webhook for serving.kserve.io/v1beta1 failed: x509: certificate has expired or is not yet valid",
    'Internal error occurred: failed calling webhook "a": Post "https://b": service "c" not found',
]
REFUSALS = [
    'InferenceService.serving.kserve.io "catdog" is invalid: spec.predictor.minReplicas: Invalid value: "string"',
    'admission webhook "inferenceservice.kserve-webhook-server.validator" denied the request: no',
    "ValidatingAdmissionPolicy 'git' with binding 'git' denied request: git may not change this",
    "failed to create typed patch object: .spec.predictor.minReplica: field not declared in schema",
    'Job.batch "catdog-smoke" is invalid: spec.template: field is immutable',
    "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project catdog",
    "The Kubernetes API could not find apps/Deploymentt for requested resource catdog/catdog.",
]


@pytest.mark.parametrize("message", OUTAGES)
def test_what_nobody_can_list_is_no_verdict(message: str) -> None:
    assert met_outage(failed("words", message))
    assert met_outage(failed(message, phase="Error"))


@pytest.mark.parametrize("message", REFUSALS)
def test_what_says_that_the_commit_is_wrong(message: str) -> None:
    assert has_failed(failed("words", message))


def test_a_kustomize_that_has_no_room_is_not_the_commits_fault() -> None:
    failure = "`kustomize build <path>/manifests` failed exit status 1: "
    assert is_rendering_fault(failure + "accumulating resources: MalformedYAMLError")
    assert not is_rendering_fault(failure + "open /tmp/a: no space left on device")


def test_a_kustomization_that_cannot_be_read_is_the_commits_fault() -> None:
    """Where the Application sets images, Argo CD edits the file before it renders it."""
    failure = "`kustomize edit set image python:3.11` failed exit status 1: Error: "
    assert is_rendering_fault(failure + "invalid Kustomization: yaml: line 3: did not find expected node content")
    assert not is_rendering_fault(failure + "open kustomization.yaml: no space left on device")


def test_an_object_that_is_refused_is_the_commits_fault() -> None:
    assert has_failed(failed("words", REFUSALS[0], WEBHOOK))
