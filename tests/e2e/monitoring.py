"""Prometheus and the mail catcher of hack/up --monitoring, asked through the API server."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.manifests.test_rules import RULES

from .commands import kubectl

# a metric or a recorded series of ours, or of what the rules say they need, with its selector
SERIES = re.compile(r"(?<![\w:$])(?:predictor|code|argocd|kube|node|container)[_:][\w:]+(?:\{[^}]*\})?")
STRINGS_AND_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")


def ask(service: str, path: str) -> Any:
    """What a service of the namespace monitoring answers, such as "prometheus-operated:9090"."""
    return json.loads(kubectl("get", "--raw", f"/api/v1/namespaces/monitoring/services/{service}/proxy{path}"))


def query(expression: str) -> list[dict[str, Any]]:
    """The series that Prometheus has for a PromQL expression now."""
    answer = ask("prometheus-operated:9090", f"/api/v1/query?query={quote(expression)}")
    result: list[dict[str, Any]] = answer["data"]["result"]
    return result


def firing() -> set[str]:
    """The names of the alerts that Prometheus says are firing."""
    return {series["metric"]["alertname"] for series in query('ALERTS{alertstate="firing"}')}


def mails() -> list[dict[str, Any]]:
    """The mails that arrived, the newest first: Subject, ID and more."""
    messages: list[dict[str, Any]] = ask("mail:8025", "/api/v1/messages?limit=500")["messages"]
    return messages


def text_of(mail: dict[str, Any]) -> str:
    """The plain text of a mail."""
    return str(ask("mail:8025", f"/api/v1/message/{mail['ID']}")["Text"])


def rule_expressions() -> list[str]:
    """The expressions of all recording rules and alerts."""
    return [rule["expr"] for rule in RULES]


def read_series(expressions: Iterable[str]) -> set[str]:
    """What they read, with selectors. An alert's own expression is empty while all is well, so that says nothing."""
    texts = (STRINGS_AND_LABELS.sub(" ", expression) for expression in expressions)
    return {found.group() for text in texts for found in SERIES.finditer(text)}
