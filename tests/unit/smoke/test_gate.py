"""The gate, and the commands."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.smoke.__main__ import main
from tests.smoke.client import Client, Failed
from tests.smoke.expected import Expected
from tests.smoke.gate import Late, pass_gate, read_claimed, run_gate, wait_ready
from tests.unit.smoke.conftest import IMAGE
from tests.unit.smoke.pods import REVISION
from tests.unit.smoke.stand_in import StandIn

Output = pytest.CaptureFixture[str]
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Run:
    """Runs a command, with these variables in its environment."""

    def run(*arguments: str, image: str = str(IMAGE), photo: bytes = b"", **environment: str) -> int:
        monkeypatch.setattr("sys.argv", ["smoke", *arguments, "--expected", str(folder)])
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(photo)))
        for name, value in {"SERVING_EXPECTED_IMAGE": image, **environment}.items():
            monkeypatch.setenv(name, value)
        return main()

    return run


def test_a_good_server_passes(client: Client, folder: Path, capsys: Output) -> None:
    assert pass_gate(client, lambda: read_claimed(folder, REVISION)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("gate: claims: accuracy ")
    assert [line.split(":")[1] for line in said] == [
        *(" claims", " health", " golden", " shape", " bad_input", " metrics")
    ]


def test_a_wrong_answer(client: Client, server: StandIn, folder: Path, capsys: Output) -> None:
    server.predicts = 500
    assert pass_gate(client, lambda: read_claimed(folder, REVISION)) == 1
    assert capsys.readouterr().err.startswith("gate: not fit for traffic: golden: a prediction answers 500: ")


def test_less_accuracy_than_people_ask_for(client: Client, folder: Path, capsys: Output) -> None:
    (folder / "claims.json").write_text(json.dumps({"classes": ["cat", "dog"], "least_accuracy": 1.0}))
    assert pass_gate(client, lambda: read_claimed(folder, REVISION)) == 1
    assert "not fit for traffic: the model file claims an accuracy of" in capsys.readouterr().err
    (folder / "claims.json").unlink()
    assert pass_gate(client, lambda: read_claimed(folder, REVISION)) == 1
    assert "not fit for traffic: manifests/base/claims.json cannot be read" in capsys.readouterr().err


def test_a_server_that_never_gets_ready(client: Client, server: StandIn) -> None:
    server.ready = 503
    with pytest.raises(Late, match=r"^the server was not ready after 0 s"):
        wait_ready(client, seconds=0.2)


def test_time_is_no_wrong_answer(client: Client, server: StandIn, expected: Expected) -> None:
    server.delays = [5]
    with pytest.raises(Late, match=r"^golden: no answer to POST"):
        run_gate(Client(server.url, timeout=0.3), expected)
    with pytest.raises(Late, match=r"^the checks were not done after 0 s"):
        run_gate(client, expected, check_seconds=0)
    server.predicts = 500
    with pytest.raises(Failed) as failed:
        run_gate(client, expected)
    assert not isinstance(failed.value, Late)


def test_gate(run: Run, server: StandIn, capsys: Output) -> None:
    assert run("gate", server.url) == 0
    server.revision = "2" * 40
    assert run("gate", server.url) == 1
    assert f"not fit for traffic: health: the server is of revision {'2' * 40}" in capsys.readouterr().err


def test_ask(run: Run, server: StandIn, expected: Expected, folder: Path, capsys: Output) -> None:
    assert run("ask", server.url, photo=expected.goldens[1].photo) == 0
    assert run("ask", server.url) == 0  # the first golden photo
    first, second = (
        json.loads(line.split(" ", 1)[1].rsplit(" ", 2)[0]) for line in capsys.readouterr().out.splitlines()
    )
    assert first["probabilities"] == server.answers[expected.goldens[1].photo]
    assert second["probabilities"] == server.answers[expected.goldens[0].photo]
    (folder / "expected.json").unlink()
    assert run("ask", server.url) == 1
    assert capsys.readouterr().out.startswith("manifests/base/expected.json cannot be read")


@pytest.mark.parametrize("seconds", [{}, {"SERVING_BAKE_SECONDS": "long"}, {"SERVING_BAKE_SECONDS": "0"}])
def test_service_must_know_how_long_to_watch(run: Run, capsys: Output, seconds: dict[str, str]) -> None:
    assert run("service", "http://127.0.0.1:1", SERVING_MOST_COST="1.5", **seconds) == 1
    said = capsys.readouterr().out
    assert "SERVING_BAKE_SECONDS in manifests/base/smoke-job.yaml is not a number above zero: '" in said


def test_service_without_claims(run: Run, folder: Path, capsys: Output) -> None:
    (folder / "claims.json").unlink()
    assert run("service", "http://127.0.0.1:1", SERVING_BAKE_SECONDS="5", SERVING_MOST_COST="1.5") == 1
    said = capsys.readouterr().out
    assert f"RED: 1 of 1 checks failed for {REVISION}. First: git: claims: manifests/base/claims.json cannot be" in said


@pytest.mark.parametrize("command", ["pod", "gate", "service"])
@pytest.mark.parametrize("image", ["", "ghcr.io/catdog-team/catdog"])
def test_the_command_must_know_the_image(run: Run, capsys: Output, command: str, image: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(command, "http://127.0.0.1:1", image=image)
    assert "SERVING_EXPECTED_IMAGE does not name the image" in capsys.readouterr().err


def test_pod(run: Run, folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # of this very process
    (folder / "expected.json").unlink()
    assert run("pod", "http://127.0.0.1:1") == 1
    assert "not fit for traffic: manifests/base/expected.json cannot be read" in capsys.readouterr().err
