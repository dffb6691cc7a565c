"""Which pods there are, read from the Kubernetes API with the Job's own, read-only account."""

import http.client
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Failed

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SELECTOR = "app%3Disvc.catdog-predictor"


@dataclass(frozen=True)
class Pod:
    """A pod behind the service, or on its way there."""

    name: str
    address: str
    tag: str
    ready: bool
    state: str


def read_api(path: str) -> Any:
    """GET from the API server; a passing fault of it is a Failed, to be tried again."""
    host = f"{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    connection = http.client.HTTPSConnection(
        host, timeout=5, context=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    )
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}"})
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"the API server gives no answer: {error}") from None
    finally:
        connection.close()
    if response.status != 200:
        raise Failed(f"the API server answers {response.status} to {path}")
    return json.loads(body)


def list_pods(namespace: str) -> list[Pod]:
    """Every predictor pod that is not on its way out."""
    items = read_api(f"/api/v1/namespaces/{namespace}/pods?labelSelector={SELECTOR}")["items"]
    return [describe(item) for item in items if "deletionTimestamp" not in item["metadata"]]


def wanted_pods(namespace: str) -> int:
    """How many there must be at least."""
    service = read_api(f"/apis/serving.kserve.io/v1beta1/namespaces/{namespace}/inferenceservices/catdog")
    return int(service["spec"]["predictor"]["minReplicas"])


def describe(item: Any) -> Pod:
    """The few facts of a pod that matter here."""
    status = item.get("status", {})
    container = next((c for c in status.get("containerStatuses", []) if c["name"] == "kserve-container"), {})
    waiting = container.get("state", {}).get("waiting", {})
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
    image = next(c["image"] for c in item["spec"]["containers"] if c["name"] == "kserve-container")
    state = "ready" if ready else waiting.get("reason") or status.get("phase", "Pending")
    return Pod(item["metadata"]["name"], status.get("podIP", ""), image.rpartition(":")[2], ready, state)
