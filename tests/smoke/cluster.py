"""Which pods there are, read from the Kubernetes API with the Job's own, read-only account.

argocd/steward/api.py asks in the same way; the two run in different images, which have no module in common.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONTAINER = "kserve-container"
SELECTOR = "app%3Disvc.catdog-predictor"
TIMEOUT_SECONDS = 5
RETRY_SECONDS = 0.5
Answer = TypeVar("Answer")
ENDED_PHASES = {"Failed", "Succeeded"}  # evicted, or on a node that was shut down; such a pod stays listed


class Unavailable(Exception):
    """The API server gives no answer: nothing can be said about the commit."""


@dataclass(frozen=True)
class Pod:
    """A pod of the predictor."""

    name: str
    address: str
    """Its IP address; empty before it has one."""
    image: str
    """The reference by which it was pulled."""
    has_node: bool
    """Whether it is on a node that reports. A pod for which there is no room is not."""
    has_started: bool
    """Whether its container has run: before that, the node pulls the image or makes room."""
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
        """Every pod of the predictor that neither has ended nor is being deleted.

        Raises:
            Unavailable: the API server does not tell.
        """
        return [read_pod(item) for item in self._pods() if is_live(item)]

    def leaving_pods(self) -> set[str]:
        """The names of pods that are being deleted, and may still be behind the service.

        Raises:
            Unavailable: the API server does not tell.
        """
        return {item["metadata"]["name"] for item in self._pods() if "deletionTimestamp" in item["metadata"]}

    def min_replicas(self) -> int:
        """How many pods there must be; raises Unavailable if the API server does not tell."""
        return int(self._predictor()["minReplicas"])

    def expected_classes(self) -> str | None:
        """The classes that the commit claims for its pods, if it claims any: CATDOG_EXPECTED_CLASSES.

        Raises:
            Unavailable: the API server does not tell.
        """
        containers = self._predictor().get("containers", [])
        variables = [item for each in containers if each["name"] == CONTAINER for item in each.get("env", [])]
        return next((item.get("value") for item in variables if item["name"] == "CATDOG_EXPECTED_CLASSES"), None)

    def _pods(self) -> list[Any]:
        return list(self._read(f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={SELECTOR}")["items"])

    def _predictor(self) -> Any:
        path = f"/apis/serving.kserve.io/v1beta1/namespaces/{self.namespace}/inferenceservices/catdog"
        return self._read(path)["spec"]["predictor"]

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
            raise Unavailable(f"the API server gives no answer: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise Unavailable(f"the API server answers {response.status} to {path}")
        try:
            return json.loads(body)
        except ValueError:
            raise Unavailable(f"the API server's answer to {path} is cut short") from None


def when_available(read: Callable[[], Answer]) -> Answer:
    """What `read` gives, as soon as the API server tells."""
    while True:
        try:
            return read()
        except Unavailable:
            time.sleep(RETRY_SECONDS)


def is_live(item: Mapping[str, Any]) -> bool:
    """Whether a pod is there to stay."""
    return "deletionTimestamp" not in item["metadata"] and item.get("status", {}).get("phase") not in ENDED_PHASES


def read_pod(item: Mapping[str, Any]) -> Pod:
    """The few facts of a pod that matter here."""
    status = item.get("status", {})
    container: Mapping[str, Any] = next((c for c in status.get("containerStatuses", []) if c["name"] == CONTAINER), {})
    waiting = container.get("state", {}).get("waiting", {})
    conditions = {c["type"]: c for c in status.get("conditions", [])}
    holds = {name: conditions.get(name, {}).get("status") == "True" for name in ("Ready", "ContainersReady")}
    is_lost = holds["ContainersReady"] and not holds["Ready"]  # the kubelet would have written both
    unscheduled = conditions.get("PodScheduled", {}).get("status") == "False"
    image = next(c["image"] for c in item["spec"]["containers"] if c["name"] == CONTAINER)
    return Pod(
        name=item["metadata"]["name"],
        address=status.get("podIP", ""),
        image=image,
        has_node=not is_lost and not unscheduled,
        has_started=bool(container) and (not waiting or bool(container.get("lastState"))),
        ready=holds["Ready"],
        state="ready" if holds["Ready"] else waiting.get("reason") or status.get("phase", "Pending"),
    )
