"""/openapi.json is true, by schemathesis; and the examples in it and in /docs can be sent."""

import importlib.util
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import requests

from predictor.http.docs_page import curl_commands
from tests.integration.conftest import Photo
from tests.integration.server_process import ROOT, Server

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")


@pytest.mark.skipif(not importlib.util.find_spec("schemathesis"), reason="schemathesis is not installed: hack/install")
def test_what_it_says_is_what_a_client_gets(server: Server) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
    options = [
        "--max-examples",
        EXAMPLES,
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "1",
        "--no-color",
        "--generation-database",
        "none",
    ]
    asked = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.integration.openapi_hooks"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr


@pytest.mark.image
def test_examples_can_be_sent(server: Server) -> None:
    paths = server.get("/openapi.json").json()["paths"]
    sent = 0
    for path, item in paths.items():
        for method, operation in item.items():
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            response = requests.request(method, server.url + path, json=example, timeout=30)
            assert response.status_code == 200, path
            sent += example is not None
    assert sent == 3


@pytest.mark.image
def test_commands_of_the_page_can_be_run(server: Server, photo: Photo, folder: Path) -> None:
    (folder / "photo.jpg").write_bytes(photo.data)
    page = server.get("/docs")
    commands = [unescape(text) for text in re.findall(r"<pre>(curl .*?)</pre>", page.text)]
    api = server.get("/openapi.json").json()
    listed = [
        command
        for path, item in api["paths"].items()
        for method, operation in item.items()
        for command in curl_commands(method.upper(), path, operation)
    ]
    assert commands == listed
    for command in commands:
        script = command.replace("curl -s", "curl -sf --output answer")
        run = subprocess.run(["sh", "-c", script], cwd=folder, env={**os.environ, "URL": server.url}, check=False)
        assert run.returncode == 0, command


@pytest.mark.image
def test_page_loads_nothing(server: Server) -> None:
    page = server.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|https?://(?!127\.0\.0\.1)|src=", page.text)
