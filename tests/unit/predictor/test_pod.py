"""Which pod answers, as every response says it."""

from pathlib import Path

import pytest

from predictor.identity import read_identity


@pytest.mark.parametrize(
    ("hostname", "pod"),
    [
        ("predictor-5c9f7d8b6-x2x7k", "predictor-5c9f7d8b6-x2x7k"),
        ("", ""),
        ("a b", ""),
        ("a\r\nset-cookie: b", ""),
        ("x" * 254, ""),
    ],
)
def test_it_is_a_name_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostname: str, pod: str) -> None:
    (tmp_path / "model.pt").write_bytes(b"abc")
    monkeypatch.setenv("HOSTNAME", hostname)
    identity = read_identity("model", tmp_path / "model.pt")
    assert identity.pod == pod
    assert dict(identity.headers).get(b"x-model-pod", b"").decode() == pod
