"""The dashboard of manifests/monitoring/dashboard, as tests read it; the cluster test runs its expressions, too."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.settings import NAMESPACE, SETTINGS

PATH = Path(__file__).resolve().parents[2] / "manifests/monitoring/dashboard/predictor.json"
SETTING = re.compile(r"\$\((\w+)\)")
VARIABLE = re.compile(r"\$(\w+)")
# what is in an expression beside names of metrics: texts, selectors, windows, lists of labels
REST = re.compile(
    r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)'
    r"|\boffset\s+\w+|\b(?:and|or|unless|bool)\b"
)
METRIC = re.compile(r"(?<![\w.])[A-Za-z_:][\w:]*(?!\w|:|\s*\()")


def read() -> dict[str, Any]:
    """The dashboard's JSON, with this project's settings."""
    board: dict[str, Any] = json.loads(SETTING.sub(lambda found: SETTINGS[found[1]], PATH.read_text()))
    return board


def read_panels() -> list[dict[str, Any]]:
    """The panels that show something: rows do not."""
    return [panel for panel in read()["panels"] if panel["type"] != "row"]


def expressions(namespace: str = NAMESPACE, revision: str = ".*", window: str = "5m") -> dict[str, str]:
    """PromQL of all panels and annotations, to send to a Prometheus.

    Args:
        namespace: where the server runs.
        revision: regular expression of revisions.
        window: stands for Grafana's interval of rates, such as 5m.

    Returns:
        Expressions by "panel title/refId", and by "annotation name/annotation".

    Raises:
        KeyError: an expression has a variable that is none of these.
    """
    values = {"namespace": namespace, "revision": revision, "__rate_interval": window}
    return {name: VARIABLE.sub(lambda found: values[found[1]], raw) for name, raw in raw_expressions()}


def raw_expressions() -> Iterator[tuple[str, str]]:
    """The same with their variables."""
    for panel in read_panels():
        for target in panel["targets"]:
            yield f"{panel['title']}/{target['refId']}", target["expr"]
    for annotation in read()["annotations"]["list"]:
        yield f"{annotation['name']}/annotation", annotation["expr"]


def read_names(expression: str) -> set[str]:
    """The metrics that an expression without variables reads."""
    return set(METRIC.findall(REST.sub(" ", expression)))
