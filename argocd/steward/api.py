"""Reads and patches Kubernetes objects, with the standard library alone."""

import http.client
import json
import os
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_SECONDS = 5


class ApiError(Exception):
    """The API server refused a request or did not answer it."""


class Conflict(ApiError):
    """The object was written by somebody else since it was read."""


class Api:
    """Requests to the API server with a pod's service account."""

    def __init__(self, account: Path = ACCOUNT) -> None:
        self.host = f"{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
        self.account = account
        self.silent_at = datetime.now(UTC)
        """When a request got no answer, or 5xx, for the last time; at first, when this was made."""
        self.context = ssl.create_default_context(cafile=str(account / "ca.crt"))

    def get(self, path: str) -> Any:
        """Returns the object at `path`, or None if it does not exist.

        Raises:
            ApiError: no answer, or an answer other than success and 404.
        """
        return self._request("GET", path)

    def patch(self, path: str, change: dict[str, Any]) -> Any:
        """Merges `change` into the object at `path` (RFC 7386) and returns the object, or None if it does not exist.

        Raises:
            Conflict: metadata.resourceVersion is in `change`, and the object was written since it had that version.
            ApiError: no answer, or an answer other than success and 404.
        """
        return self._request("PATCH", path, change)

    def _request(self, method: str, path: str, payload: dict[str, Any] | None = None) -> Any:
        headers = {
            "Authorization": f"Bearer {(self.account / 'token').read_text()}",  # rotated: read for each request
            "Content-Type": "application/merge-patch+json",
        }
        connection = http.client.HTTPSConnection(self.host, timeout=TIMEOUT_SECONDS, context=self.context)
        try:
            connection.request(method, path, json.dumps(payload) if payload else None, headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.silent_at = datetime.now(UTC)
            raise ApiError(f"{method} {path}: {error}") from None
        finally:
            connection.close()
        if response.status == 404:
            return None
        if response.status >= 500:
            self.silent_at = datetime.now(UTC)
        if response.status >= 300:
            kind = Conflict if response.status == 409 else ApiError
            raise kind(f"{method} {path}: {response.status} {body[:200].decode(errors='replace')}")
        return json.loads(body)
