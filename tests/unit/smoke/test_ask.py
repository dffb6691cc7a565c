"""One prediction for a person to look at."""

from pathlib import Path

import pytest

from tests.smoke.ask import ask
from tests.smoke.client import Client
from tests.smoke.expected import Expected
from tests.unit.smoke.stand_in import StandIn

NOWHERE = Path("no/such/folder")


def test_an_answer(client: Client, expected: Expected, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(client, expected.goldens[0].photo, NOWHERE) == 0
    assert capsys.readouterr().out.startswith('200 {"label": ')


def test_a_refusal(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(client, b"no photo", NOWHERE) == 1
    assert capsys.readouterr().out.startswith('400 {"error": ')


def test_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(Client("http://127.0.0.1:1", timeout=1), b"photo", NOWHERE) == 1
    assert capsys.readouterr().out.startswith("no answer to POST ")


def test_an_answer_of_another_form(
    client: Client, server: StandIn, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    server.body = b"[]"
    assert ask(client, expected.goldens[0].photo, NOWHERE) == 1
    assert capsys.readouterr().out == "the answer has another form: []\n"
