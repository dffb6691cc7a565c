"""Which pods there are, read from the Kubernetes API with the Job's own, read-only account.

argocd/steward/api.py asks in the same way; the two have no module in common.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from .client import NAME

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONTAINER = "kserve-container"  # the server; the judge is beside it
SELECTOR = f"app%3Disvc.{NAME}-predictor"
TIMEOUT_SECONDS = 5
RETRY_SECONDS = 0.5
Answer = TypeVar("Answer")
ENDED_PHASES = {"Failed", "Succeeded"}  # evicted, or on a node that was shut down; such a pod stays listed
LOST_REASONS = {"ContainerStatusUnknown", "Unknown"}  # why a container ended: the node or its runtime was restarted


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
    """Whether its containers have run: before that, the node pulls an image or makes room."""
    ready: bool
    state: str
    """The word ready, or why it is not."""
    restarts: int
    """How often its containers, server and judge, were started again; not because its node was."""


class Pods(NamedTuple):
    """What there is of the predictor at one moment."""

    live: list[Pod]
    """Those that neither have ended nor are being deleted."""
    leaving: set[str]
    """The names of those that are being deleted; they may still be behind the service."""

    @property
    def on_nodes(self) -> list[Pod]:
        """Those that are on a node that reports."""
        return [pod for pod in self.live if pod.has_node]


@dataclass(frozen=True)
class Cluster:
    """The API server, and the namespace that is read."""

    namespace: str
    account: Path = ACCOUNT
    """Folder with the service account's token and the API server's CA."""

    def read_pods(self) -> Pods:
        """The pods of the predictor; raises Unavailable if the API server does not tell."""
        items = self._read(f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={SELECTOR}")["items"]
        leaving = {item["metadata"]["name"] for item in items if "deletionTimestamp" in item["metadata"]}
        return Pods([read_pod(item) for item in items if is_live(item)], leaving)

    def min_replicas(self) -> int:
        """How many pods there must be; raises Unavailable if the API server does not tell."""
        return int(self._service()["spec"]["predictor"]["minReplicas"])

    def condition_message(self, kind: str) -> str | None:
        """The message of the InferenceService's condition of this type; None if it has no such condition.

        Raises:
            Unavailable: the API server does not tell.
        """
        conditions = self._service().get("status", {}).get("conditions", [])
        return next((each.get("message", "") for each in conditions if each.get("type") == kind), None)

    def _service(self) -> Any:
        return self._read(f"/apis/serving.kserve.io/v1beta1/namespaces/{self.namespace}/inferenceservices/{NAME}")

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
    containers = status.get("containerStatuses", [])
    waiting = [c for c in containers if "waiting" in c.get("state", {})]
    reasons = [c["state"]["waiting"].get("reason", "") for c in waiting]
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
        has_started=bool(containers) and all(c.get("lastState") for c in waiting),
        ready=holds["Ready"],
        state="ready" if holds["Ready"] else next(filter(None, reasons), status.get("phase", "Pending")),
        restarts=sum(c.get("restartCount", 0) for c in containers if not was_lost(c)),
    )


def was_lost(container: Mapping[str, Any]) -> bool:
    """Whether a container was last started again because its node or the node's runtime was."""
    return container.get("lastState", {}).get("terminated", {}).get("reason") in LOST_REASONS
