"""How this machine is logged in to a registry (docker login), and what the registry wants to see of it."""

import base64
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import OpenerDirector, Request

HELPER_SECONDS = 30
HUB_KEY = "https://index.docker.io/v1/"  # what docker calls docker.io in its configuration
TOKEN_USER = "<token>"  # noqa: S105  what docker's helpers say where the secret is an identity token


@dataclass(frozen=True)
class Login:
    """What `docker login` left for one registry."""

    user: str
    secret: str

    @property
    def basic(self) -> str:
        """The value of a header Authorization."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


def read_login(registry: str) -> Login | None:
    """Returns the login for a registry from docker's configuration (DOCKER_CONFIG), or None if there is none.

    Raises:
        OSError, ValueError, SubprocessError: the configuration, or the helper that it names, does not work.
    """
    file = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    if not file.exists():
        return None
    key = HUB_KEY if registry == "docker.io" else registry
    try:
        return find_login(json.loads(file.read_text()), key)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"the login in {file} cannot be read: {error}") from None


def find_login(config: dict[str, Any], key: str) -> Login | None:
    """Returns the login that docker's configuration has, or whose keeper it names."""
    helper = config.get("credHelpers", {}).get(key) or config.get("credsStore")
    if helper:
        return ask_helper(helper, key)
    entry = config.get("auths", {}).get(key, {})
    if entry.get("identitytoken"):
        return Login(TOKEN_USER, entry["identitytoken"])
    user, _, secret = base64.b64decode(entry.get("auth", "")).decode().partition(":")
    return Login(user, secret) if user else None


def ask_helper(helper: str, key: str) -> Login | None:
    """Asks the program that keeps docker's logins; None if it has none for this registry."""
    command = [f"docker-credential-{helper}", "get"]
    done = subprocess.run(command, input=key, capture_output=True, text=True, check=False, timeout=HELPER_SECONDS)
    if done.returncode:
        return None
    answer = json.loads(done.stdout)
    return Login(answer.get("Username", ""), answer.get("Secret", ""))


def authorize(opener: OpenerDirector, challenge: str, registry: str, path: str, timeout: float) -> str:
    """Returns the value of the header Authorization that a registry asks for.

    Args:
        opener: sends the request for a token, if one is needed.
        challenge: the registry's header WWW-Authenticate.
        registry: the registry's name, as it is in the image's.
        path: of the image that is to be read.
        timeout: seconds that the server of the token may be silent.

    Raises:
        OSError, ValueError, HTTPException, SubprocessError: it cannot be had.
    """
    login = read_login(registry)
    kind, _, rest = challenge.partition(" ")
    if kind.lower() == "basic":
        if not login:
            raise ValueError("it wants a login")
        return login.basic
    wanted = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    realm = wanted.get("realm", "")
    # a login is sent there: only what never leaves this machine may go unencrypted
    if kind.lower() != "bearer" or not realm.startswith(("https://", "http://localhost:")):
        raise ValueError(f"it wants an unknown kind of login: {challenge}")
    query = {"service": wanted.get("service", ""), "scope": f"repository:{path}:pull"}
    with opener.open(token_request(realm, query, login), timeout=timeout) as response:
        answer = json.load(response)
    token = answer.get("token") or answer.get("access_token")
    if not token:
        raise ValueError(f"{realm} gives no token")
    return f"Bearer {token}"


def token_request(realm: str, query: dict[str, str], login: Login | None) -> Request:
    """The request for a token: with the login, or as anybody where there is none."""
    if login and login.user == TOKEN_USER:
        form = {**query, "grant_type": "refresh_token", "refresh_token": login.secret}
        return Request(realm, urlencode(form).encode())  # noqa: S310  authorize() has checked the scheme
    request = Request(f"{realm}?{urlencode(query)}")  # noqa: S310  likewise
    if login:
        request.add_unredirected_header("Authorization", login.basic)
    return request
