"""What the commands say where a program that they need is not installed."""

from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, need
from hack.delivery.registry import has_image


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^kubectl is missing$"):
        Cluster("kind-catdog").read_application()
    with pytest.raises(CommandError, match=r"^docker is missing$"):
        has_image("ghcr.io", "catdog-team/catdog", "1" * 40)
    with pytest.raises(CommandError, match=r"^gh is missing$") as refused:
        need("gh", "https://cli.github.com")
    assert refused.value.hint == "https://cli.github.com"
