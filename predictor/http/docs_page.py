"""GET /docs: the OpenAPI document as a page of HTML, which loads nothing and runs no script."""

import base64
import hashlib
import json
import shlex
from html import escape
from typing import Any

from predictor.http.page import Page

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
h2 { margin-top: 2.5rem } code, pre { font: 14px/1.4 monospace; background: #f3f3f3 }
pre { padding: 0.7rem; overflow-x: auto; white-space: pre-wrap; word-break: break-all } td { padding-right: 1rem }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)
PHOTO_FILE = "photo.jpg"


def docs_page(api: dict[str, Any]) -> Page:
    """A list of the endpoints, each with commands that ask it.

    Args:
        api: the OpenAPI document.
    """
    responses = api["components"]["responses"]
    sections = [
        _section(method.upper(), path, operation, responses)
        for path, item in api["paths"].items()
        for method, operation in item.items()
    ]
    info = api["info"]
    head = f'<meta charset="utf-8"><title>{escape(info["title"])}</title><style>{STYLE}</style>'
    about = f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
    more = (
        "<p>The same for programs: <a href='/openapi.json'>/openapi.json</a>. The commands ask the server that"
        " <code>URL</code> names, about a photo in the file <code>photo.jpg</code>:</p>"
        "<pre>URL=http://127.0.0.1:8080</pre>"
    )
    if "securitySchemes" in api["components"]:
        more += "<p>Predictions need a key, which whoever runs the server gives out:</p><pre>KEY=…</pre>"
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{about}{more}{"".join(sections)}</body></html>'
    headers = ((b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff"))
    return Page(text.encode(), b"text/html; charset=utf-8", headers)


def curl_commands(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    """Commands of a shell that ask an endpoint; URL and KEY are variables of the shell, and photo.jpg a file."""
    url = f'"$URL{path}"' + (' -H "authorization: Bearer $KEY"' if "security" in operation else "")
    if method == "GET":
        return [f"curl -s {url}"]
    commands = []
    for content_type, media in operation["requestBody"]["content"].items():
        header = f"-H {shlex.quote(f'content-type: {content_type}')}"
        if content_type == "application/json":
            commands.append(f"curl -s {url} {header} -d {shlex.quote(json.dumps(media['example']))}")
        elif content_type == "image/jpeg":
            commands.append(f"curl -s {url} {header} --data-binary @{PHOTO_FILE}")
        elif content_type == "multipart/form-data":
            commands.append(f"curl -s {url} -F file=@{PHOTO_FILE}")
    return commands


def _section(method: str, path: str, operation: dict[str, Any], responses: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{status}</td><td>{escape(_description(response, responses))}</td></tr>"
        for status, response in operation["responses"].items()
    )
    commands = "".join(f"<pre>{escape(command)}</pre>" for command in curl_commands(method, path, operation))
    description = f"<p>{escape(operation['description'])}</p>" if "description" in operation else ""
    title = f"<h2><code>{method} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
    return f"{title}{description}{commands}<details><summary>Answers</summary><table>{rows}</table></details>"


def _description(response: dict[str, Any], responses: dict[str, Any]) -> str:
    if "$ref" in response:
        response = responses[response["$ref"].rpartition("/")[2]]
    return str(response["description"])
