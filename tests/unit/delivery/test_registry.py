"""What a registry is taken to say: an image is there, it is not, or nobody knows."""

import base64
import json
from pathlib import Path

import pytest

from hack.delivery.command import CommandError
from hack.delivery.registry import NoAnswerError, check_registry, find_digest
from tests.smoke.image_reference import ImageReference
from tests.unit.delivery.clones import Clone, make_clones, write_program
from tests.unit.delivery.registry import ABSENT, IMAGE_PATH, SECRET, USER, Registry

REVISION = "1" * 40


def image(registry: Registry) -> ImageReference:
    return ImageReference(f"localhost:{registry.port}/{IMAGE_PATH}", REVISION)


def log_in(monkeypatch: pytest.MonkeyPatch, folder: Path, configuration: object) -> None:
    """What `docker login` would leave."""
    (folder / "config.json").write_text(json.dumps(configuration))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The logins of whoever runs the tests do not count."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def test_there(registry: Registry) -> None:
    assert find_digest(image(registry)) == registry.digest(REVISION)


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"])
def test_absent(registry: Registry, code: str) -> None:
    registry.failure = 404, json.dumps({"errors": [{"code": code}]}).encode()
    assert find_digest(image(registry)) is None


@pytest.mark.parametrize(
    "failure",
    [
        (500, b""),
        (503, json.dumps({"errors": [{"code": "UNAVAILABLE"}]}).encode()),
        (429, json.dumps({"errors": [{"code": "TOOMANYREQUESTS"}]}).encode()),
        (401, json.dumps({"errors": [{"code": "UNAUTHORIZED"}]}).encode()),
        (403, json.dumps({"errors": [{"code": "DENIED"}]}).encode()),
        (404, b"<html>not a registry</html>"),
        (404, b""),
        (404, b"[]"),
        (404, b'{"errors": "none"}'),
        (200, b"<html>please log in</html>"),
        (200, b"{" + b" " * 5_000_000),
        (200, b""),
    ],
    ids=lambda failure: f"{failure[0]}-{failure[1][:12].decode()}",
)
def test_no_answer(registry: Registry, failure: tuple[int, bytes]) -> None:
    registry.failure = failure
    with pytest.raises(NoAnswerError, match=f"localhost:{registry.port} gives no answer about .*{REVISION}: "):
        find_digest(image(registry))


def test_nobody_listens() -> None:
    with pytest.raises(NoAnswerError, match="refused"):
        find_digest(ImageReference(f"localhost:1/{IMAGE_PATH}", REVISION))


def test_it_is_silent(registry: Registry) -> None:
    registry.silence = 1.0
    with pytest.raises(NoAnswerError, match="timed out"):
        find_digest(image(registry), timeout=0.1)


def test_a_proxy_is_not_asked_about_this_machine(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://localhost:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert find_digest(image(registry)) == registry.digest(REVISION)


@pytest.mark.parametrize("kind", ["Basic", "Bearer"])
@pytest.mark.parametrize("kept", ["file", "helper"])
def test_a_login(registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, kept: str) -> None:
    registry.wants = kind
    name, login = f"localhost:{registry.port}", base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
    if kept == "file":
        log_in(monkeypatch, tmp_path, {"auths": {name: {"auth": login}}})
    else:
        answer = json.dumps({"Username": USER, "Secret": SECRET})
        write_program(tmp_path, "docker-credential-keeper", f"[[ $1 == get && $(cat) == {name} ]] && echo '{answer}'")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        log_in(monkeypatch, tmp_path, {"credsStore": "keeper"})
    assert find_digest(image(registry)) == registry.digest(REVISION)
    registry.missing.add(REVISION)
    assert find_digest(image(registry)) is None


@pytest.mark.parametrize("secret", [SECRET, "an old one"])
def test_an_identity_token(registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str) -> None:
    registry.wants = "Bearer"
    log_in(monkeypatch, tmp_path, {"auths": {f"localhost:{registry.port}": {"identitytoken": secret}}})
    if secret == SECRET:
        assert find_digest(image(registry)) == registry.digest(REVISION)
    else:
        with pytest.raises(NoAnswerError, match="Unauthorized"):
            find_digest(image(registry))


@pytest.mark.parametrize("kind", ["Basic", "Bearer"])
@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"auths": {}},
        {"auths": "nonsense"},
        {"credsStore": "that-is-not-installed"},
        {"credsStore": "that-has-none"},
        {"auths": {"localhost": {"auth": "?"}}},
    ],
)
def test_no_login_is_no_answer(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, configuration: object
) -> None:
    registry.wants = kind
    write_program(tmp_path, "docker-credential-that-has-none", "echo credentials not found; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    log_in(monkeypatch, tmp_path, configuration)
    with pytest.raises(NoAnswerError, match="gives no answer"):
        find_digest(image(registry))


@pytest.mark.parametrize("name", ["none", "", "https://ghcr.io", "ghcr.io/team", "registry"])
def test_a_registry_must_have_a_name(name: str) -> None:
    with pytest.raises(CommandError, match="names no registry"):
        check_registry(name)


@pytest.mark.parametrize(
    "name", ["ghcr.io", "localhost:5001", "registry.example.com:5000", "registry:5000", "10.0.0.1"]
)
def test_names_of_registries(name: str) -> None:
    check_registry(name)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    (clone,) = make_clones(tmp_path / "clones", count=1)
    return clone


def test_the_shell_scripts_ask_the_same(clone: Clone, registry: Registry) -> None:
    ask = 'set -euo pipefail; source hack/common.sh; found=$(find_digest "$1"); echo "found: $found"'

    def find(name: str) -> tuple[int, str]:
        write_program(clone.folder / "hack", "ask", ask)
        return clone.run("hack/ask", name)

    name = str(image(registry))
    assert find(name) == (0, f"found: {registry.digest(REVISION)}\n")
    registry.missing.add(REVISION)
    assert find(name) == (0, "found: \n")
    registry.failure = 502, ABSENT
    status, said = find(name)
    assert (status, "found: " in said, "gives no answer" in said) == (2, False, True)
