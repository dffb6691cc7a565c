"""The server ends without losing a request."""

import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

import grpc
import pytest
import requests
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.raw import PREDICT
from tests.integration.server_process import ServerProcess, eventually, start_all
from tests.integration.test_grpc import request as grpc_request

CLIENTS = 32

Servers = dict[str, ServerProcess]


class Client(threading.Thread):
    """Asks until no connection is accepted; counts the responses, and lists the requests that got none."""

    def __init__(self, server: ServerProcess, instance: dict[str, dict[str, str]], keeps_alive: bool):
        super().__init__(daemon=True)
        self.server, self.instance, self.keeps_alive = server, instance, keeps_alive
        self.statuses: Counter[int] = Counter()
        self.lost: list[str] = []

    def run(self) -> None:
        body = b'{"instances": ["' + self.instance["image"]["b64"].encode() + b'"]}'
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=60)
            try:
                connection.connect()
                self._ask(connection, body)
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException) as error:  # a reset, too: the kernel had accepted it
                self.lost.append(repr(error))
            finally:
                connection.close()

    def _ask(self, connection: http.client.HTTPConnection, body: bytes) -> None:
        while True:
            headers = {} if self.keeps_alive else {"Connection": "close"}
            connection.request("POST", PREDICT, body, headers)
            response = connection.getresponse()
            response.read()
            self.statuses[response.status] += 1
            if response.will_close:
                return


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One server for each test that was chosen, by the test's name."""
    folder = tmp_path_factory.mktemp("shutdown")
    names = [item.name for item in request.session.items if item.path == request.path]
    with start_all(folder, {n: ["--drain_seconds", 600 if "interrupt" in n else 2] for n in names}) as servers:
        yield servers


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: Servers) -> ServerProcess:
    return servers[request.node.name]


@pytest.mark.parametrize("attempt", range(int(os.environ.get("SERVING_SHUTDOWNS") or 2)))
def test_sigterm_under_load(server: ServerProcess, photo: Photo, attempt: int) -> None:
    clients = [Client(server, photo.instance, keeps_alive=bool(i % 2)) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    eventually(lambda: all(client.statuses[200] for client in clients), 60, "every client answered")
    with requests.Session() as probe:
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: probe.get(f"{server.url}/v1/models/{NAME}", timeout=5).status_code == 503, what="not ready")
        answered = sum(client.statuses[200] for client in clients)
        eventually(lambda: sum(client.statuses[200] for client in clients) > answered + CLIENTS, what="answers go on")
        response = server.predict(photo.instance)
        assert response.status_code in (200, 503)
        assert response.headers["connection"] == "close"
    assert server.end() == 0
    for client in clients:
        client.join(60)
    assert not [client for client in clients if client.is_alive()]
    assert [lost for client in clients for lost in client.lost] == []
    statuses = sum((client.statuses for client in clients), Counter[int]())
    assert set(statuses) <= {200, 503}
    logged = Counter(line["status"] for line in server.log if line["route"] == "predict")
    assert logged[200] == statuses[200] + (response.status_code == 200)
    assert "Traceback" not in server.errors.read_text()


def test_sigterm_when_idle(server: ServerProcess) -> None:
    start = time.monotonic()
    assert server.end(signal.SIGTERM) == 0
    assert 1.9 < time.monotonic() - start < 30


def test_sigterm_with_grpc(server: ServerProcess, photo: Photo) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        stub = GRPCInferenceServiceStub(channel)
        stub.ModelInfer(grpc_request([photo.data]))
        server_ready, model_ready = messages.ServerReadyRequest(), messages.ModelReadyRequest(name=NAME)
        assert stub.ServerReady(server_ready).ready
        assert stub.ModelReady(model_ready).ready
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: not server.is_ready(), what="not ready")
        assert not stub.ServerReady(server_ready).ready
        assert not stub.ModelReady(model_ready).ready
        calls = [stub.ModelInfer.future(grpc_request([photo.data] * 8)) for _ in range(8)]
        assert all(len(call.result(60).outputs) == 2 for call in calls)
        assert server.end() == 0


def test_idle_connections_do_not_hold_it_up(server: ServerProcess) -> None:
    with server.connect() as silent, server.connect() as half:
        half.sendall(f"POST /v1/models/{NAME}:predict HTTP/1.1\r\nHost: x\r\n".encode())
        assert server.end(signal.SIGTERM) == 0
        assert silent.recv(10) == b""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_it_at_once(server: ServerProcess, first: signal.Signals) -> None:
    """Ctrl-C, and also when it is draining already."""
    server.process.send_signal(first)
    if first == signal.SIGTERM:
        eventually(lambda: not server.is_ready(), what="not ready")
        server.process.send_signal(signal.SIGINT)
    assert server.end() == 0
    assert "Traceback" not in server.errors.read_text()
