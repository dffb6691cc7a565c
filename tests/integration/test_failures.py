"""A model that fails is the server's fault: status 500, one sentence for the client, and the traceback in the log."""

import base64
from collections.abc import Iterator

import grpc
import pytest
import torch
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tests.integration.server_process import ServerProcess
from tests.integration.test_grpc import request
from tests.integration.wrapped_model import write_wrapped
from tests.unit.photos import encoded, plain

WHITE, RED = (encoded(plain(colour), "PNG") for colour in ((255, 255, 255), (255, 0, 0)))
SENTENCE = "the server failed; its log says why"


class FailsOnWhite(torch.nn.Module):
    def __init__(self, script: torch.jit.ScriptModule):
        super().__init__()
        self.script = script

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        assert int(pixels.min()) < 255
        probabilities: torch.Tensor = self.script(pixels)
        return probabilities


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("failures")
    with ServerProcess(folder, model=write_wrapped(folder / "fails.pt", FailsOnWhite)) as server:
        yield server


def assert_logged(server: ServerProcess, request_id: str) -> None:
    line = server.logged(request_id)
    assert (line["status"], line["level"]) == (500, "error")
    assert "AssertionError" in line["error"]
    assert "forward" in line["traceback"]


def test_http(server: ServerProcess) -> None:
    instance = base64.b64encode(WHITE).decode()
    response = server.predict(instance, headers={"x-request-id": "white"})
    assert (response.status_code, response.json()) == (500, {"error": SENTENCE})
    assert_logged(server, "white")
    assert server.predict(base64.b64encode(RED).decode()).status_code == 200


def test_grpc(server: ServerProcess) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        stub = GRPCInferenceServiceStub(channel)
        with pytest.raises(grpc.RpcError) as failure:
            stub.ModelInfer(request([WHITE]), metadata=[("x-request-id", "white-grpc")])
        assert failure.value.code() == grpc.StatusCode.INTERNAL
        assert failure.value.details() == SENTENCE
        assert_logged(server, "white-grpc")
        stub.ModelInfer(request([RED]))
