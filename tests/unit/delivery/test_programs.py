"""What the commands say where a program that they need is not installed."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.command import PROJECT, CommandError, Settings, need
from hack.delivery.environments import find_environment
from hack.delivery.git import WorkingCopy
from model.settings import IMAGE, NAME


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^kubectl is missing$"):
        Cluster("kind-any", find_environment("production")).read_application()
    with pytest.raises(CommandError, match=r"^git is missing$"):
        WorkingCopy(tmp_path)
    with pytest.raises(CommandError, match=r"^gh is missing$") as refused:
        need("gh", "https://cli.github.com")
    assert refused.value.hint == "https://cli.github.com"


def test_public_is_the_registry_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING_PUSH", "public")
    assert IMAGE.startswith(f"{Settings.read().registry}/")


SCRIPT = 'source hack/common.sh; printf %s "$CONTEXT"; use_own_cluster; printf " %s" "$CONTEXT"'


@pytest.mark.parametrize(("environment", "expected"), [("production", "there"), ("staging", "here")])
def test_production_may_be_in_another_cluster(monkeypatch: pytest.MonkeyPatch, environment: str, expected: str) -> None:
    """The commands in Python and those in bash ask the same cluster; hack/up changes its own alone."""
    for name, value in (("CONTEXT", "here"), ("PRODUCTION_CONTEXT", "there"), ("ENVIRONMENT", environment)):
        monkeypatch.setenv(f"SERVING_{name}", value)
    monkeypatch.delenv("SERVING_CLUSTER", raising=False)
    assert Settings.read().context_of(environment) == expected
    told = subprocess.run(["bash", "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert told.stdout == f"{expected} kind-{NAME}"


def test_no_cluster_to_ask() -> None:
    """That of production may be reached all the same."""
    here = Settings(PROJECT, context="none", production_context="there", registry="", statuses="")
    assert Cluster.find(here, replace(find_environment("production"), name="staging")) is None
    found = Cluster.find(here, find_environment("production"))
    assert found is not None
    assert found.context == "there"
