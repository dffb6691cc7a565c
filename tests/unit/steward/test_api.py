"""What the steward makes of the API server's answers."""

import pytest

from argocd.steward.api import Api, ApiError, Conflict
from tests.unit.kubernetes_stand_in import ApiServer


def test_an_object_or_none(api: Api, server: ApiServer) -> None:
    server.objects["/here"] = {"kind": "Pod"}
    assert api.get("/here") == {"kind": "Pod"}
    assert api.get("/elsewhere") is None


def test_a_patch_is_sent(api: Api, server: ApiServer) -> None:
    server.objects["/here"] = {}
    api.patch("/here", {"status": {"phase": "Terminating"}})
    assert server.patches == [("/here", {"status": {"phase": "Terminating"}})]


def test_a_rotated_token_is_read_again(api: Api, server: ApiServer) -> None:
    server.objects["/here"] = {}
    assert api.get("/here") == {}
    (server.account / "token").write_text("the next token")
    assert api.get("/here") == {}


def test_a_refusal_says_which_request(api: Api, server: ApiServer) -> None:
    server.refusal = 403
    with pytest.raises(ApiError, match=r"^PATCH /here: 403 .*refused"):
        api.patch("/here", {"status": {}})


def test_a_change_decided_on_an_older_version_is_a_conflict(api: Api, server: ApiServer) -> None:
    server.objects["/here"] = {"metadata": {"resourceVersion": "7"}}
    change = {"metadata": {"resourceVersion": "7"}, "status": {}}
    api.patch("/here", change)
    with pytest.raises(Conflict, match=r"^PATCH /here: 409 "):
        api.patch("/here", change)


def test_no_answer(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    with pytest.raises(ApiError, match=r"^GET /here: .*refused"):
        Api(server.account).get("/here")


def test_silence_is_remembered(api: Api, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    at_first = api.silent_at
    api.get("/a")
    assert api.silent_at == at_first
    server.refusal = 403
    with pytest.raises(ApiError):
        api.get("/a")
    assert api.silent_at == at_first  # it has answered
    server.refusal = 503
    with pytest.raises(ApiError):
        api.get("/a")
    after = api.silent_at
    assert after > at_first
    api.host = "127.0.0.1:1"
    with pytest.raises(ApiError):
        api.get("/a")
    assert api.silent_at > after
