"""Which commit the code is of, in a real git repository."""

import subprocess
from pathlib import Path

from model.export.code import code_revision


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True).stdout


def test_only_what_matters_counts(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in ("model/train.py", "params.yaml", "dvc.lock"):
        (tmp_path / name).write_text("1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "dvc.lock").write_text("2")  # as `dvc repro` does before it exports
    assert code_revision(tmp_path) == (commit, [])
    for name in ("model/train.py", "model/new one.py", "params.yaml"):
        (tmp_path / name).write_text("2")
    assert code_revision(tmp_path) == (commit, ["model/new one.py", "model/train.py", "params.yaml"])


def test_outside_git(tmp_path: Path) -> None:
    assert code_revision(tmp_path) == ("unknown", [])
