from pathlib import Path

import pytest

from predictor.identity import Identity, read_identity


def test_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.pt").write_bytes(b"abc")
    monkeypatch.setenv("SERVING_REVISION", "0123abc")
    monkeypatch.delenv("HOSTNAME", raising=False)
    identity = read_identity("catdog", tmp_path / "model.pt")
    assert identity == Identity("catdog", "0123abc", "ba7816bf8f01")  # sha256 of "abc"
    assert dict(identity.headers) == {b"x-model-revision": b"0123abc", b"x-model-version": b"ba7816bf8f01"}
    monkeypatch.delenv("SERVING_REVISION")
    assert read_identity("catdog", tmp_path / "model.pt").revision == "unknown"
