"""Writes what Prometheus and Grafana of compose.yaml read, from what manifests/monitoring has for a cluster.

  python monitoring_files.py PROJECT FOLDER

Rules about Kubernetes, Argo CD, steward and prober are left out: without a cluster their metrics are missing.
"""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

SETTING = re.compile(r"\$\(([A-Z_]+)\)")
OF_A_CLUSTER = re.compile(r"\b(argocd|kube|node|container)_|predictor_(prober|steward)_")


def main(project: Path, folder: Path) -> None:
    """Writes prometheus.yaml, rules/ and dashboards/ into the folder."""
    settings = read_settings(project / "manifests/settings/settings.env")
    monitoring = project / "manifests/monitoring"
    for name in ("rules", "dashboards"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path in sorted((monitoring / "rules").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            groups = {"groups": local_groups(yaml.safe_load(fill_in(path, settings)))}
            (folder / "rules" / path.name).write_text(yaml.safe_dump(groups))
    dashboard = monitoring / "dashboard/predictor.json"
    (folder / "dashboards" / dashboard.name).write_text(fill_in(dashboard, settings))
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration(settings["NAMESPACE"])))


def read_settings(path: Path) -> dict[str, str]:
    """The settings by name."""
    lines = [line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def fill_in(path: Path, settings: dict[str, str]) -> str:
    """The text of a file with the settings that it names."""
    return SETTING.sub(lambda found: settings[found[1]], path.read_text())


def local_groups(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of a PrometheusRule, with the rules that need no cluster."""
    groups = [
        group | {"rules": [each for each in group["rules"] if not OF_A_CLUSTER.search(each["expr"])]}
        for group in rule["spec"]["groups"]
    ]
    return [group for group in groups if group["rules"]]


def configuration(namespace: str) -> dict[str, Any]:
    """Prometheus's: the server's metrics have the labels that they would have in a cluster."""
    target = {"targets": ["server:8080"], "labels": {"namespace": namespace, "pod": "compose"}}
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["rules/*.yaml"],
        "scrape_configs": [{"job_name": "predictor", "static_configs": [target]}],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
