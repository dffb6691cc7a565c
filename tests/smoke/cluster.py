"""Which pods there are, read from the Kubernetes API with the Job's own, read-only account.

argocd/steward/api.py asks in the same way; the two run in different images, which have no module in common.
"""

import http.client
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Failed

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONTAINER = "kserve-container"
SELECTOR = "app%3Disvc.catdog-predictor"
TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class Pod:
    """A pod of the predictor."""

    name: str
    address: str
    """Its IP address; empty before it has one."""
    tag: str
    """Of its image."""
    ready: bool
    state: str
    """The word ready, or why it is not."""


@dataclass(frozen=True)
class Cluster:
    """The API server, and the namespace that is read."""

    namespace: str
    account: Path = ACCOUNT
    """Folder with the service account's token and the API server's CA."""

    def list_pods(self) -> list[Pod]:
        """Every pod of the predictor that is not being deleted; raises Failed if the API server does not tell."""
        items = self._read(f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={SELECTOR}")["items"]
        return [read_pod(item) for item in items if "deletionTimestamp" not in item["metadata"]]

    def min_replicas(self) -> int:
        """How many pods there must be at least; raises Failed if the API server does not tell."""
        path = f"/apis/serving.kserve.io/v1beta1/namespaces/{self.namespace}/inferenceservices/catdog"
        return int(self._read(path)["spec"]["predictor"]["minReplicas"])

    def _read(self, path: str) -> Any:
        host = f"{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
        context = ssl.create_default_context(cafile=str(self.account / "ca.crt"))
        connection = http.client.HTTPSConnection(host, timeout=TIMEOUT_SECONDS, context=context)
        try:
            token = (self.account / "token").read_text()
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"the API server gives no answer: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise Failed(f"the API server answers {response.status} to {path}")
        return json.loads(body)


def read_pod(item: Mapping[str, Any]) -> Pod:
    """The few facts of a pod that matter here."""
    status = item.get("status", {})
    states = [c.get("state", {}) for c in status.get("containerStatuses", []) if c["name"] == CONTAINER]
    waiting = states[0].get("waiting", {}) if states else {}
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
    image = next(c["image"] for c in item["spec"]["containers"] if c["name"] == CONTAINER)
    state = "ready" if ready else waiting.get("reason") or status.get("phase", "Pending")
    return Pod(item["metadata"]["name"], status.get("podIP", ""), image.rpartition(":")[2], ready, state)
