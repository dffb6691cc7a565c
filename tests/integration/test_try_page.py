"""The page at `/`: who gets it, and what it may do in a browser. tests/integration/browser uses it."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
import requests

from model.settings import NAME
from tests.integration.server_process import ROOT, Server, ServerProcess

FILES = sorted(path for path in (ROOT / "predictor/http/try_page").iterdir() if path.suffix in (".html", ".css", ".js"))
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SVG = "http://www.w3.org/2000/svg"  # the name of a format, which no browser asks for
MOST_BYTES = 50_000


def ask(server: Server, accept: str | bytes | None = CHROME, method: str = "GET") -> requests.Response:
    return requests.request(method, server.url, headers={"accept": accept}, timeout=30)


@pytest.mark.image
@pytest.mark.parametrize("accept", [CHROME, "text/html", "TEXT/HTML; q=0.5", "application/xml, text/html;q=0.9"])
def test_browsers_get_a_page(server: Server, accept: str) -> None:
    response = ask(server, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "accept"
    assert response.text.startswith("<!doctype html>")


@pytest.mark.image
@pytest.mark.parametrize(
    "accept",
    [
        *(None, "", "*/*", "text/*", "application/json", "application/json, text/html"),
        *("text/html;q=0", "text/html; q=0.00", b"\xff", "text/htmlx", ",;,q=0"),
    ],
)
def test_programs_get_json(server: Server, accept: str | bytes | None) -> None:
    response = ask(server, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vary"] == "accept"
    assert response.content == b'{"status":"alive"}'


@pytest.mark.image
def test_head_answers_as_get_does(server: Server) -> None:
    head, page = ask(server, method="HEAD"), ask(server)
    assert head.content == b""
    for name in ("content-type", "content-length", "content-security-policy", "vary"):
        assert head.headers[name] == page.headers[name]


@pytest.mark.image
def test_it_is_small(server: Server) -> None:
    assert len(ask(server).content) < MOST_BYTES


@pytest.mark.image
def test_policy_allows_what_is_in_it_and_nothing_else(server: Server) -> None:
    response = ask(server)
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    for kind in ("style", "script"):
        contents = re.findall(f"<{kind}>(.*?)</{kind}>", response.text, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in contents]
        assert policy.pop(f"{kind}-src") == " ".join(f"'sha256-{value}'" for value in hashes)
    assert policy == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "img-src": "blob: data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.image
def test_it_names_no_other_server_and_loads_no_further_file(server: Server) -> None:
    text = ask(server).text
    assert set(re.findall(r"""\w*:?//[\w.]+[^\s'"]*""", text)) == {SVG}
    assert not re.search(r"""<script\s|<link rel="stylesheet|\bsrc="|@import|url\(""", text)
    for href in re.findall(r'<a href="(.*?)"', text):
        assert server.get(f"/{href}").status_code == 200


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_files_are_short_and_put_no_text_into_the_page_as_html(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 200
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function| style=", text)
    assert path.suffix != ".js" or text.startswith("'use strict';\n")


def test_a_flag_turns_it_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTNAME", "predictor-5c9f7d8b6-x2x7k")
    with ServerProcess(folder, "--no_page", "--say_ready", "--host", "127.0.0.1") as server:
        assert f"\n{NAME} answers on {server.url} (API); Ctrl-C ends it\n" in server.errors.read_text()
        for response in (ask(server), ask(server, "*/*")):
            assert response.headers["content-type"] == "application/json"
            assert response.content == b'{"status":"alive"}'
            assert "vary" not in response.headers
            assert response.headers["x-model-pod"] == "predictor-5c9f7d8b6-x2x7k"


@pytest.mark.image
def test_it_is_in_the_description_of_the_api(server: Server) -> None:
    answer = server.get("/openapi.json").json()["paths"]["/"]["get"]["responses"]["200"]
    assert sorted(answer["content"]) == ["application/json", "text/html"]
