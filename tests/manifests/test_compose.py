"""compose.yaml: the same limits and images as on a cluster, and files that Prometheus reads."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.compose.monitoring_files import main as write_files
from hack.delivery.container import Limits

from .conftest import PROJECT

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGES = {"prometheus": "PROMETHEUS_IMAGE", "grafana": "GRAFANA_IMAGE"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_files(PROJECT, folder)
    return folder


def has_compose() -> bool:
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    )


def test_the_server_has_the_limits_of_the_manifests() -> None:
    limits = Limits((PROJECT / "manifests/base/inferenceservice.yaml").read_text())
    server = SERVICES["server"]
    assert server["mem_limit"] == f"{limits.memory // 2**20}m"
    assert server["cpus"] == limits.cpus


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_may_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize(("name", "variable"), IMAGES.items())
def test_images_are_those_of_the_cluster(name: str, variable: str) -> None:
    (named,) = re.findall(rf'{variable}:=([^"}}]+)', (PROJECT / "hack/versions.env").read_text())
    assert SERVICES[name]["image"] == named


def test_prometheus_reads_its_files(files: Path) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    done = subprocess.run(["promtool", "check", "config", files / "prometheus.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_are_about_what_is_there(files: Path) -> None:
    rules = "".join(path.read_text() for path in (files / "rules").iterdir())
    assert "alert: HighErrorRate" in rules
    assert "$(" not in rules
    for prefix in ("kube_", "argocd_", "node_", "predictor_prober_", "predictor_steward_"):
        assert f" {prefix}" not in rules
        assert f"({prefix}" not in rules
    assert "$(" not in (files / "dashboards/predictor.json").read_text()


def test_compose_reads_it() -> None:
    if not has_compose():
        pytest.skip("docker compose is not installed")
    done = subprocess.run(["docker", "compose", "config"], cwd=PROJECT, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["services"].keys() == SERVICES.keys()
