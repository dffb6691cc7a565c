"""Two people's clones, and a registry that their commands ask."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model.settings import NAME
from tests.unit.delivery.clones import PROJECT, Clone, make_clones, write_program
from tests.unit.delivery.registry import Registry, serve_registry

SMOKE_JOB = {"kind": "Job", "name": f"{NAME}-smoke", "hookType": "PostSync", "hookPhase": "PHASE"}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serve_registry() as registry:
        yield registry


@pytest.fixture
def clones(tmp_path: Path, registry: Registry) -> list[Clone]:
    clones = make_clones(tmp_path)
    for clone in clones:
        clone.environment["SERVING_REGISTRY_PORT"] = str(registry.port)
    return clones


@pytest.fixture
def kubectl() -> None:
    """Skips the test where kubectl cannot render manifests: where it is missing, or years old."""
    command = ["kubectl", "kustomize", str(PROJECT / "manifests/production")]
    if not shutil.which("kubectl") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("kubectl is missing, or too old to render manifests/")


@pytest.fixture
def use_cluster(tmp_path: Path) -> Callable[..., None]:
    """Gives a clone a stand-in for kubectl. It shows the Application of a cluster in which the last sync of a
    release ends in the phase `releases`, with `fields` in its result, and everything else is green.
    """

    def use(clone: Clone, releases: str = "Succeeded", **fields: object) -> None:
        status = {
            "sync": {"revision": "HEAD", "status": "Synced"},
            "health": {"status": "Healthy"},
            "operationState": {
                "phase": "PHASE",
                "message": "words",
                "syncResult": {"revision": "HEAD", "resources": [SMOKE_JOB], **fields},
            },
        }
        (tmp_path / "application.json").write_text(
            json.dumps({"metadata": {"name": NAME}, "spec": {}, "status": status})
        )
        clone.environment["SERVING_CONTEXT"] = "kind-stand-in"
        write_program(clone.programs, "kubectl", f"""echo "$@" >> {tmp_path}/kubectl.txt
commit=$(git -C {clone.folder} rev-parse HEAD) phase=Succeeded
[[ $(git -C {clone.folder} log -1 --format=%s) != Release* ]] || phase={releases}
case "$*" in
  *" get application "*) sed "s/HEAD/$commit/g; s/PHASE/$phase/g" {tmp_path}/application.json ;;
  *" logs job/{NAME}-smoke "*) echo "service  health  FAIL" ;;
  *) echo "Error from server" >&2; exit 1 ;;
esac""")  # fmt: skip

    return use
