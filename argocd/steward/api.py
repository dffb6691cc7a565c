"""The little of the Kubernetes API that the steward needs, with the standard library alone."""

import http.client
import json
import os
import ssl
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ApiError(Exception):
    """The API server said no, or nothing; the next round tries again."""


class Api:
    """Requests to the API server as this pod's service account."""

    def __init__(self) -> None:
        self.host = f"{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
        self.context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def get(self, path: str) -> Any:
        """The object at this path, or None where there is none (yet)."""
        return self._ask("GET", path)

    def patch(self, path: str, change: dict[str, Any]) -> Any:
        """Merges a change; metadata.resourceVersion in it refuses to overwrite what somebody else just wrote."""
        return self._ask("PATCH", path, change)

    def _ask(self, method: str, path: str, payload: dict[str, Any] | None = None) -> Any:
        headers = {
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",  # rotated: read it every time
            "Content-Type": "application/merge-patch+json",
        }
        connection = http.client.HTTPSConnection(self.host, timeout=5, context=self.context)
        try:
            connection.request(method, path, json.dumps(payload) if payload else None, headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"{method} {path}: {error}") from None
        finally:
            connection.close()
        if response.status == 404:
            return None
        if response.status >= 300:
            raise ApiError(f"{method} {path}: {response.status} {body[:200].decode(errors='replace')}")
        return json.loads(body)
