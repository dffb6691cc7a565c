"""Which images there are."""

import http.client
import subprocess
from contextlib import closing

from hack.delivery.command import need

MANIFEST_TYPES = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    )
)
TIMEOUT_SECONDS = 30


def has_image(registry: str, name: str, tag: str) -> bool:
    """Whether a registry has an image.

    Args:
        registry: host and port. The local one (localhost:…) is asked directly, any other one by docker, which knows
            the credentials.
        name: of the image, without the registry.
        tag: of the image.

    Returns:
        True if it has; False if it does not, and also if it gives no answer.

    Raises:
        CommandError: docker is needed and not installed.
    """
    if not registry.startswith("localhost:"):
        need("docker", "https://docs.docker.com/get-docker/")
        command = ["docker", "manifest", "inspect", f"{registry}/{name}:{tag}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    with closing(http.client.HTTPConnection(registry, timeout=TIMEOUT_SECONDS)) as connection:
        try:
            connection.request("GET", f"/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST_TYPES})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
