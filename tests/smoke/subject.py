"""What the smoke test judges, and where that is found."""

from dataclasses import dataclass, replace

from .client import Client
from .cluster import Cluster, Pod
from .expected import Expected
from .image_reference import ImageReference

SERVICE = "service"  # among the names of pods, one of which is longer
POD_PORT = 8080


@dataclass(frozen=True)
class Subject:
    """The pods of one commit, by themselves and as a service."""

    service: Client
    cluster: Cluster
    image: ImageReference
    """The one that the commit claims."""
    expected: Expected
    pod_port: int = POD_PORT

    def client(self, pod: Pod) -> Client:
        """Asks this pod's server."""
        host = f"[{pod.address}]" if ":" in pod.address else pod.address
        return replace(self.service, url=f"http://{host}:{self.pod_port}")
