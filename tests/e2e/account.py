"""Requests to the API server in the name of a service account, each of them a dry run."""

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from model.settings import NAME

from .commands import CONTEXT, read

STEWARD = f"system:serviceaccount:argocd:{NAME}-steward"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


class Answer(NamedTuple):
    """What the API server said."""

    status: int
    body: Any

    @property
    def message(self) -> str:
        """Why it refused, in its words."""
        return str(self.body.get("message", ""))


@dataclass(frozen=True)
class Account:
    """An account by its user name, through a proxy that may speak for all."""

    proxy: str
    user: str

    def request(self, method: str, path: str, payload: Any = None, content_type: str = "application/json") -> Answer:
        """Asks as this account would. Nothing that it asks for is done."""
        separator = "&" if "?" in path else "?"
        query = "" if method == "GET" else f"{separator}dryRun=All&fieldManager=test"
        data = None if payload is None else json.dumps(payload).encode()
        headers = {"Impersonate-User": self.user, "Content-Type": content_type}
        request = urllib.request.Request(f"{self.proxy}{path}{query}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, json.load(response))
        except urllib.error.HTTPError as error:
            return Answer(error.code, json.load(error))

    def patch(self, path: str, change: Any) -> Answer:
        """A merge patch."""
        return self.request("PATCH", path, change, MERGE)


@contextmanager
def account(user: str) -> Iterator[Account]:
    """Speaks for this user while the block runs."""
    command = ["kubectl", "--context", CONTEXT, "proxy", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            assert proxy.stdout is not None
            line = proxy.stdout.readline()
            address = re.search(r"127\.0\.0\.1:\d+", line)
            assert address, f"kubectl proxy said {line!r}"
            yield Account(f"http://{address[0]}", user)
        finally:
            proxy.terminate()


def assert_refused(account: Account, path: str, policy: str, changes: list[Any]) -> None:
    """Each of these merge patches is refused by this policy."""
    assert changes
    answers = [(change, account.patch(path, change)) for change in changes]
    wrong = [(change, answer.message[:300]) for change, answer in answers if f"'{policy}'" not in answer.message]
    assert not wrong, wrong[:5]
    assert {answer.status for _, answer in answers} <= {403, 422}


def schema(name: str) -> dict[str, Any]:
    """What the version of a custom resource that is stored looks like."""
    (version,) = [v for v in read("crd", name)["spec"]["versions"] if v["storage"]]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return found
