"""The gate, and the command that runs it."""

from pathlib import Path

import pytest

from tests.smoke.__main__ import main
from tests.smoke.client import Client, Failed
from tests.smoke.gate import pass_gate, wait_ready
from tests.unit.smoke.conftest import IMAGE, MODEL
from tests.unit.smoke.stand_in import StandIn

Output = pytest.CaptureFixture[str]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """As Kubernetes mounts it: an empty file."""
    (tmp_path / "termination-log").touch()
    return tmp_path / "termination-log"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, image: str = str(IMAGE)) -> int:
    monkeypatch.setattr("sys.argv", ["smoke", *arguments])
    monkeypatch.setenv("CATDOG_EXPECTED_IMAGE", image)
    return main()


def test_a_good_server_passes(client: Client, log: Path, capsys: Output) -> None:
    assert pass_gate(client, MODEL, IMAGE, termination_log=log) == 0
    assert log.read_text() == ""
    assert capsys.readouterr().out.startswith("gate: health: revision 111111111111, model ")


def test_the_reason_is_in_the_termination_log(client: Client, server: StandIn, log: Path, capsys: Output) -> None:
    server.predicts = 500
    assert pass_gate(client, MODEL, IMAGE, termination_log=log) == 1
    assert log.read_text().startswith("not fit for traffic: golden: a prediction answers 500: ")
    assert capsys.readouterr().err == f"gate: {log.read_text()}"


def test_a_model_file_that_is_missing(client: Client, log: Path, tmp_path: Path) -> None:
    assert pass_gate(client, tmp_path / "catdog.pt", IMAGE, termination_log=log) == 1
    assert "catdog.pt" in log.read_text()


def test_other_classes_than_the_commit_claims(client: Client, log: Path) -> None:
    assert pass_gate(client, MODEL, IMAGE, classes='["cat", "owl"]', termination_log=log) == 1
    assert log.read_text().startswith(
        "not fit for traffic: the model has other classes than the commit claims: dog came"
    )


def test_outside_a_cluster_there_is_no_termination_log(client: Client, tmp_path: Path) -> None:
    assert pass_gate(client, tmp_path / "catdog.pt", IMAGE, termination_log=tmp_path / "no-log") == 1
    assert not (tmp_path / "no-log").exists()


def test_a_server_that_never_gets_ready(client: Client, server: StandIn) -> None:
    server.ready = 503
    with pytest.raises(Failed, match=r"^the server was not ready after 0 s"):
        wait_ready(client, seconds=0.2)


def test_the_command(server: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    assert run(monkeypatch, "ready", server.url) == 0
    assert run(monkeypatch, "gate", server.url, "--model_path", str(MODEL)) == 0
    monkeypatch.setenv("CATDOG_EXPECTED_CLASSES", '["cat", "dog"]')
    assert run(monkeypatch, "gate", server.url, "--model_path", str(MODEL)) == 0
    monkeypatch.setenv("CATDOG_EXPECTED_CLASSES", '["cat"]')
    assert run(monkeypatch, "gate", server.url, "--model_path", str(MODEL)) == 1
    server.ready = 503
    assert run(monkeypatch, "ready", server.url) == 1
    assert run(monkeypatch, "service", server.url, "--model_path", "no/such.pt") == 1
    assert "RED: 1 of 1 checks failed" in capsys.readouterr().out


@pytest.mark.parametrize("image", ["", "ghcr.io/catdog-team/catdog"])
def test_the_command_must_know_the_image(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: Output, image: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, "gate", server.url, image=image)
    assert "CATDOG_EXPECTED_IMAGE does not name the image" in capsys.readouterr().err
