"""Which pods must be asked: all of the commit, once they are ready."""

import time

from .client import Failed
from .cluster import Cluster, Pod, Unavailable, when_available
from .image_reference import ImageReference

READY_SECONDS = 45.0  # for each pod that has started; argocd/steward/time_limits.py has the figure and its reason
NODE_LOST_SECONDS = 50.0  # Kubernetes calls a node lost that is silent for so long
PERIOD_SECONDS = 0.5


def wait_rollout(cluster: Cluster, image: ImageReference, seconds: float = READY_SECONDS) -> list[Pod]:
    """Returns the pods when all that are on a node are ready and of this image, and as many as there must be.

    Argo CD may start this test while old pods serve. While the API server gives no answer, or the only trouble is
    that nodes have no room or pull the image, the commit is not to blame: that time does not count.

    Args:
        cluster: where the pods are looked up.
        image: the one that the commit claims.
        seconds: how long it may take, from the newest pod on: the autoscaler may add one at any time.

    Raises:
        Failed: they were not, and why.
    """
    known: set[str] = set()
    said: set[str] = set()
    left, last = seconds, time.monotonic()
    while True:
        try:
            present, minimum = cluster.read_pods(), cluster.min_replicas()
            listed, pods = present.live, present.on_nodes
            wrong = [pod for pod in pods if not pod.ready or pod.image != str(image)]
            if not wrong and len(pods) >= minimum:
                return pods
            counts = any(pod.has_started for pod in wrong) if wrong else len(listed) < minimum
            reason = describe(wrong) or f"{len(pods)} of {minimum} pods are on a node"
            names = {pod.name for pod in listed}
            if not names <= known:
                left = seconds
            known |= names
        except Unavailable as unavailable:
            counts, reason = False, str(unavailable)
        now = time.monotonic()
        left, last = left - (now - last if counts else 0), now
        if left < 0:
            raise Failed(f"after {seconds:.0f} s not every pod is ready and of this commit: {reason}")
        if not counts and reason not in said:
            print(f"waiting: {reason}", flush=True)
            said.add(reason)
        time.sleep(PERIOD_SECONDS)


def describe(pods: list[Pod]) -> str:
    """Their names, images and states, for a person; empty if there are none."""
    return ", ".join(f"{pod.name} ({pod.image.rpartition('/')[2][:20]}) {pod.state}" for pod in pods)


def wait_change(cluster: Cluster, pods: list[Pod], seconds: float) -> bool:
    """Waits until other pods are on nodes than these; False if they are the same after so many seconds."""
    deadline = time.monotonic() + seconds
    while names_on_nodes(cluster) == {pod.name for pod in pods}:
        if time.monotonic() > deadline:
            return False
        time.sleep(PERIOD_SECONDS)
    return True


def wait_gone(cluster: Cluster, names: set[str], seconds: float) -> None:
    """Waits until these pods, which are being deleted, are no more; after so many seconds no longer."""
    deadline = time.monotonic() + seconds
    while names & when_available(cluster.read_pods).leaving and time.monotonic() < deadline:
        time.sleep(PERIOD_SECONDS)


def names_on_nodes(cluster: Cluster) -> set[str]:
    """The pods that are on a node that reports, as soon as the API server tells."""
    return {pod.name for pod in when_available(cluster.read_pods).on_nodes}
