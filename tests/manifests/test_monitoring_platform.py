"""What hack/up --monitoring applies."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PROJECT
from .test_schemas import kubeconform, make_schemas

FILES = sorted((PROJECT / "hack/platform/monitoring").glob("*.yaml"))
OBJECTS: list[dict[str, Any]] = [o for file in FILES for o in yaml.safe_load_all(file.read_text())]
WORKLOADS = [o for o in OBJECTS if o["kind"] in ("Deployment", "DaemonSet")]


@pytest.fixture(scope="module")
def monitoring_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_schemas(tmp_path_factory.mktemp("schemas"), "PROMETHEUS_OPERATOR_MANIFEST")


def test_resources_of_the_operator_have_no_wrong_field(monitoring_schemas: Path) -> None:
    done = kubeconform(monitoring_schemas, yaml.safe_dump_all(OBJECTS))
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ("Prometheus", "Alertmanager", "ServiceMonitor"):
        assert f"{kind} " in "".join(line for line in done.stdout.splitlines() if "is valid" in line)


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda o: o["metadata"]["name"])
def test_pods_may_do_little(workload: dict[str, Any]) -> None:
    pod = workload["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    for container in pod["containers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}


@pytest.mark.parametrize("service", [o for o in OBJECTS if o["kind"] == "Service"], ids=lambda o: o["metadata"]["name"])
def test_services_select_pods_of_a_part(service: dict[str, Any]) -> None:
    parts = {o["metadata"]["name"] for o in WORKLOADS} | {"prometheus", "alertmanager"}
    assert service["spec"]["selector"]["app.kubernetes.io/name"] in parts
