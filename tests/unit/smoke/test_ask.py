"""One prediction for a person to look at."""

import pytest

from tests.smoke.ask import ask
from tests.smoke.client import Client
from tests.smoke.expected import Expected


def test_an_answer(client: Client, expected: Expected, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(client, expected.goldens[0].photo) == 0
    assert capsys.readouterr().out.startswith('200 {"label": ')


def test_a_refusal(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(client, b"no photo") == 1
    assert capsys.readouterr().out.startswith('400 {"error": ')


def test_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(Client("http://127.0.0.1:1", timeout=1), b"photo") == 1
    assert capsys.readouterr().out.startswith("no answer to POST ")
