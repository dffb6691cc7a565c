"""The steward as its pod runs it: from a folder with its files alone, in a Python without packages."""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = {"SERVING_NAME": "fruit", "SERVING_NAMESPACE": "fruit", "SERVING_APPLICATION": "fruit"}
PROJECT = Path(__file__).resolve().parents[3]


def test_it_needs_its_own_files_and_the_standard_library(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "argocd/steward", tmp_path / "argocd/steward")
    done = subprocess.run(
        [sys.executable, "-u", "-B", "-S", "-m", "argocd.steward"],
        cwd=tmp_path,
        env=NAMES,
        capture_output=True,
        text=True,
    )
    # everything was imported; outside a pod it then lacks the API server's address
    assert done.stderr.endswith("KeyError: 'KUBERNETES_SERVICE_HOST'\n")
