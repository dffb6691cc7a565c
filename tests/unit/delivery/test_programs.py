"""What the commands say where a program that they need is not installed."""

from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, Settings, need
from hack.delivery.environments import find_environment
from hack.delivery.git import WorkingCopy
from model.settings import IMAGE


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
