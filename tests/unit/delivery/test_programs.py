"""What the commands say where a program that they need is not installed."""

from pathlib import Path

import pytest

from hack.delivery.cluster import Cluster
from hack.delivery.command import CommandError, need


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^kubectl is missing$"):
        Cluster("kind-any").read_application()
    with pytest.raises(CommandError, match=r"^gh is missing$") as refused:
        need("gh", "https://cli.github.com")
    assert refused.value.hint == "https://cli.github.com"
