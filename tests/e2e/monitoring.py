"""What Prometheus and the mail catcher of `hack/up --monitoring` say, asked through the API server."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .commands import kubectl

SERVICES = "/api/v1/namespaces/monitoring/services"
PROMETHEUS = f"{SERVICES}/prometheus-operated:9090/proxy/api/v1"
MAIL_CATCHER = f"{SERVICES}/mail:8025/proxy/api/v1"


class Mail(NamedTuple):
    """A mail that has arrived."""

    subject: str
    text: str


def ask(address: str, **parameters: str) -> Any:
    """The JSON behind an address of the API server."""
    return json.loads(kubectl("get", "--raw", f"{address}?{urlencode(parameters)}"))


def query(expression: str) -> list[dict[str, Any]]:
    """The series that PromQL finds now."""
    found: list[dict[str, Any]] = ask(f"{PROMETHEUS}/query", query=expression)["data"]["result"]
    return found


def read_selectors(expression: str) -> set[str]:
    """The selectors in PromQL, without windows and offsets, as Prometheus itself reads it."""
    return set(find_selectors(ask(f"{PROMETHEUS}/parse_query", query=expression)["data"]))


def find_selectors(node: Any) -> Iterator[str]:
    """Those in a part of Prometheus's syntax tree."""
    if isinstance(node, list):
        for each in node:
            yield from find_selectors(each)
    elif isinstance(node, dict):
        if node.get("type") in ("vectorSelector", "matrixSelector"):
            matchers = (f"{each['name']}{each['type']}{json.dumps(each['value'])}" for each in node["matchers"])
            yield f"{{{','.join(sorted(matchers))}}}"
        else:
            yield from find_selectors(list(node.values()))


def find_mail(part: str) -> Mail | None:
    """The first mail with these words in its subject."""
    found = [each for each in ask(f"{MAIL_CATCHER}/messages", limit="500")["messages"] if part in each["Subject"]]
    if not found:
        return None
    message = ask(f"{MAIL_CATCHER}/message/{found[-1]['ID']}")
    return Mail(message["Subject"], message["Text"])
