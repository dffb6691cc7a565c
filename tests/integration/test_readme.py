"""What README.md and predictor/README.md tell people to type works."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.integration.conftest import Photo
from tests.integration.server_process import ROOT, ServerProcess
from tests.integration.test_v2 import expected_labels
from tests.unit.photos import encoded

CLIENTS = re.findall(r"```python\n(.*?)```", (ROOT / "predictor/README.md").read_text(), re.DOTALL)


def run(server: ServerProcess, folder: Path, command: list[str]) -> str:
    local = [part.replace(":8080", f":{server.http_port}").replace(":8081", f":{server.grpc_port}") for part in command]
    variables = {**os.environ, "PYTHONWARNINGS": "ignore"}
    asked = subprocess.run(local, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


def test_curl_sends_small_and_large_photos(server: ServerProcess, photo: Photo, folder: Path) -> None:
    section = (ROOT / "README.md").read_text().partition("## Use it\n")[2].partition('{"predictions"')[0]
    commands = re.findall(r"^    ((?:curl|\{).*(?:\n        .*)?)$", section, re.MULTILINE)
    assert len(commands) == 3
    noise = np.random.default_rng(0).integers(0, 255, (1500, 2000, 3), np.uint8)
    large = encoded(Image.fromarray(noise), quality=95)
    assert len(large) > 3_500_000
    for data in (photo.data, large):
        (folder / "cat.jpg").write_bytes(data)
        for command in commands:
            assert '"predictions":[{"label":' in run(server, folder, ["bash", "-c", command])


@pytest.mark.parametrize("code", CLIENTS, ids=[re.findall("kserve|tritonclient", code)[0] for code in CLIENTS])
def test_clients(server: ServerProcess, photo: Photo, folder: Path, code: str) -> None:
    if "tritonclient" in code and not importlib.util.find_spec("tritonclient"):
        pytest.skip("tritonclient is not installed: hack/install")
    (folder / "cat.jpg").write_bytes(photo.data)
    (expected,) = expected_labels([photo])
    answers = run(server, folder, [sys.executable, "-c", code]).splitlines()
    assert [answer.split()[0] for answer in answers] == [expected] * (3 if "kserve" in code else 1)
