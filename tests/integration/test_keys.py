"""A server that answers predictions only to those who have a key (--keys_file)."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.settings import NAME
from tests.integration import raw
from tests.integration.conftest import Photo
from tests.integration.server_process import ServerProcess, eventually
from tests.integration.test_grpc import request

KEYS = ("alices-key-0123456789", "bobs-key-0123456789")
SENTENCE = "predictions need a key here: send a valid one in the header authorization: Bearer KEY"
WRONG = [None, "", "Bearer", f"Basic {KEYS[0]}", f"Bearer {KEYS[0][:-1]}", f"Bearer {KEYS[0]}x", "Bearer nobodys-key"]
OPEN = [
    *("/", "/v1/models", f"/v1/models/{NAME}", "/v2", "/v2/models", f"/v2/models/{NAME}", f"/v2/models/{NAME}/ready"),
    *("/v2/health/live", "/v2/health/ready", "/model", "/stats", "/metrics", "/openapi.json", "/docs"),
]


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text("\n".join(KEYS))
    return file


@pytest.fixture(scope="module")
def server(keys_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    flags = ("--keys_file", keys_file, "--max_body_bytes", 10**6)
    with ServerProcess(tmp_path_factory.mktemp("server"), *flags) as server:
        yield server


@pytest.fixture(scope="module")
def stub(server: ServerProcess) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        yield GRPCInferenceServiceStub(channel)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def head(authorization: str | None) -> dict[str, str]:
    return {} if authorization is None else {"authorization": authorization}


def bodies(photo: Photo) -> dict[str, dict[str, Any]]:
    """A prediction of each form, by its path and what else there is to it."""
    tensor = {"name": "image", "shape": [1], "datatype": "BYTES", "data": [photo.b64]}
    return {
        "v1": {"path": raw.PREDICT, "json": {"instances": [photo.instance]}},
        "photo": {"path": raw.PREDICT, "data": photo.data, "headers": {"content-type": "image/jpeg"}},
        "form": {"path": raw.PREDICT, "files": {"file": photo.data}},
        "v2": {"path": raw.INFER, "json": {"inputs": [tensor]}},
    }


def send(server: ServerProcess, asked: dict[str, Any], authorization: str | None) -> requests.Response:
    headers = {**asked.get("headers", {}), **head(authorization)}
    return server.post(**{**asked, "headers": headers})


@pytest.mark.parametrize("form", ["v1", "photo", "form", "v2"])
def test_each_key_opens_each_form(server: ServerProcess, photo: Photo, form: str) -> None:
    for key in KEYS:
        assert send(server, bodies(photo)[form], f"Bearer {key}").status_code == 200
    for authorization in WRONG:
        refused = send(server, bodies(photo)[form], authorization)
        assert refused.status_code == 401
        assert refused.json() == {"error": SENTENCE}
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.headers["x-model-revision"] == server.revision


def test_a_version_is_asked_with_a_key_too(server: ServerProcess, photo: Photo) -> None:
    version = server.get("/model").json()["model_version"]
    asked = {**bodies(photo)["v2"], "path": f"/v2/models/{NAME}/versions/{version}/infer"}
    assert send(server, asked, None).status_code == 401
    assert send(server, asked, f"Bearer {KEYS[1]}").status_code == 200


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_shows_no_photo_is_open(server: ServerProcess, method: str, path: str) -> None:
    assert requests.request(method, server.url + path, timeout=30).status_code == 200


def test_the_connection_can_be_used_after_a_refusal(server: ServerProcess, photo: Photo) -> None:
    body = json.dumps({"instances": [photo.instance]}).encode()
    with raw.Connection(server.http_port) as connection:
        for key, status in [("nobodys-key-0123456789", 401), (KEYS[0], 200), ("", 401), (KEYS[1], 200)]:
            connection.send(raw.request("POST", raw.PREDICT, body, f"Authorization: Bearer {key}"))
            response = connection.receive()
            assert (response.status, response.is_last) == (status, False)


def test_what_comes_without_a_key_is_not_looked_at(server: ServerProcess, photo: Photo) -> None:
    """Neither decompressed nor parsed; but it is bounded."""
    assert requests.head(server.url + raw.PREDICT, timeout=30).status_code == 405  # as ever
    whole = gzip.compress(json.dumps({"instances": [photo.instance]}).encode())
    for body, status in [(whole, 200), (whole[:-9], 400)]:
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        assert server.post(raw.PREDICT, data=body, headers=headers).status_code == 401
        assert server.post(raw.PREDICT, data=body, headers=headers | bearer(KEYS[0])).status_code == status
    assert server.post(raw.PREDICT, data=b"{").status_code == 401
    assert server.post(raw.PREDICT, data=b"{", headers=bearer(KEYS[0])).status_code == 400
    assert server.post(raw.PREDICT, data=bytes(1_500_000)).status_code == 413


def test_grpc(server: ServerProcess, stub: Any, photo: Photo) -> None:
    for key in KEYS:
        assert stub.ModelInfer(request([photo.data]), metadata=[*bearer(key).items()]).outputs
    for authorization in WRONG:
        with pytest.raises(grpc.RpcError) as raised:
            stub.ModelInfer(request([photo.data]), metadata=[*head(authorization).items()])
        assert raised.value.code() == grpc.StatusCode.UNAUTHENTICATED
        assert raised.value.details() == SENTENCE
    assert stub.ServerReady(messages.ServerReadyRequest()).ready
    assert stub.ModelMetadata(messages.ModelMetadataRequest(name=NAME)).inputs


def counted(server: ServerProcess, route: str) -> float:
    name = rf'predictor_requests_total{{client="traffic",code="401",route="{route}"}}'
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").text, re.MULTILINE)
    assert found, "it is there before the first refusal, so that this one is an increase"
    return float(found[1])


def test_refusals_are_counted_and_logged_and_no_key_is(server: ServerProcess, stub: Any, photo: Photo) -> None:
    asked = bodies(photo)
    before = [counted(server, route) for route in ("predict", "infer", "grpc")]
    almost = "alices-key-012345678"
    for form in ("v1", "v2"):
        asked[form]["headers"] = {"x-request-id": f"keys-{form}"}
        assert send(server, asked[form], f"Bearer {almost}").status_code == 401
    with pytest.raises(grpc.RpcError):
        stub.ModelInfer(request([photo.data]), metadata=[("x-request-id", "keys-grpc"), *bearer(almost).items()])
    for name in ("v1", "v2", "grpc"):
        line = server.logged(f"keys-{name}")
        assert (line["status"], line["error"]) == (401, SENTENCE)
    assert [counted(server, route) for route in ("predict", "infer", "grpc")] == [count + 1 for count in before]
    asked["v1"]["headers"] = {"x-request-id": "keys-right"}
    assert send(server, asked["v1"], f"Bearer {KEYS[0]}").status_code == 200
    server.logged("keys-right")
    told = server.output.read_text() + server.errors.read_text() + server.get("/metrics").text
    assert not [secret for secret in (almost, "nobodys-key", *KEYS) if secret in told]


def test_the_description_says_that_a_key_is_needed(server: ServerProcess) -> None:
    api = server.get("/openapi.json").json()
    assert api["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, item in api["paths"].items():
        for method, operation in item.items():
            assert ("security" in operation) == ("401" in operation["responses"]) == (method == "post"), path
    page = server.get("/docs").text
    assert page.count("-H &quot;authorization: Bearer $KEY&quot;") == 5


def test_without_the_flag_nothing_of_it_is_told(folder: Path) -> None:
    about_keys = re.compile(r"bearer|security|\b401\b", re.IGNORECASE)
    with ServerProcess(folder) as server:
        assert not about_keys.search(server.get("/openapi.json").text + server.get("/docs").text)
        series = re.findall(r"^([^#\n]+) \S+$", server.get("/metrics").text, re.MULTILINE)  # values have any digits
        assert 'predictor_requests_total{client="traffic",code="500",route="predict"}' in series
        assert not [each for each in series if about_keys.search(each)]


def test_the_file_is_read_again(folder: Path, photo: Photo) -> None:
    """As the kubelet changes a mounted Secret: a link leads to another folder."""
    for name, key in (("one", KEYS[0]), ("two", KEYS[1]), ("none", "secret words")):
        (folder / name).mkdir()
        (folder / name / "keys").write_text(key)
    link = folder / "data"

    def lead_to(name: str) -> None:
        (folder / "new").symlink_to(name)
        (folder / "new").replace(link)

    def statuses() -> list[int]:
        return [rotating.predict(photo.instance, headers=bearer(key)).status_code for key in KEYS]

    lead_to("one")
    with ServerProcess(folder / "server", "--keys_file", link / "keys") as rotating:
        assert statuses() == [200, 401]
        lead_to("two")
        eventually(lambda: statuses() == [401, 200], 10)
        lead_to("none")
        eventually(lambda: statuses() == [401, 200] and "is no key" in rotating.errors.read_text(), 10)
        assert "secret" not in rotating.errors.read_text()
        lead_to("one")
        eventually(lambda: statuses() == [200, 401], 10)
