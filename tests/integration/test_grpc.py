"""KServe's V2 protocol over gRPC."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.settings import NAME
from tests.integration.conftest import CLASSES, Photo
from tests.integration.server_process import ServerProcess
from tests.integration.test_v2 import expected_labels, pack, unpack
from tests.unit.photos import encoded, plain

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def stub(server: ServerProcess) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        yield GRPCInferenceServiceStub(channel)


def request(photos: list[bytes], shape: list[int] | None = None, datatype: str = "BYTES", **more: Any) -> Any:
    tensor: dict[str, Any] = {"name": "image", "datatype": datatype, "shape": shape or [len(photos)]}
    if "raw_input_contents" not in more:
        tensor["contents"] = {"bytes_contents": photos}
    return messages.ModelInferRequest(model_name=more.pop("model_name", NAME), inputs=[tensor], **more)


def test_bytes(stub: Any, photos: list[Photo]) -> None:
    response = stub.ModelInfer(request([photo.data for photo in photos], id="seven"))
    label, probabilities = response.outputs
    assert [text.decode() for text in label.contents.bytes_contents] == expected_labels(photos)
    assert list(probabilities.shape) == [len(photos), len(CLASSES)]
    answer = np.reshape(probabilities.contents.fp32_contents, (-1, len(CLASSES)))
    np.testing.assert_allclose(answer, [photo.expected for photo in photos], atol=TOLERANCE)
    assert response.id == "seven"


def test_raw_contents(stub: Any, photos: list[Photo]) -> None:
    tensor = pack(*(photo.data for photo in photos))
    response = stub.ModelInfer(request([], shape=[len(photos)], raw_input_contents=[tensor]))
    labels, probabilities = response.raw_output_contents
    assert [text.decode() for text in unpack(labels)] == expected_labels(photos)
    answer = np.frombuffer(probabilities, "<f4").reshape(response.outputs[1].shape)
    np.testing.assert_allclose(answer, [photo.expected for photo in photos], atol=TOLERANCE)
    assert not any(output.HasField("contents") for output in response.outputs)


@pytest.mark.parametrize("is_raw", [False, True])
def test_wanted_outputs(stub: Any, photo: Photo, is_raw: bool) -> None:
    more: dict[str, Any] = {"raw_input_contents": [pack(photo.data)]} if is_raw else {}
    response = stub.ModelInfer(request([photo.data], outputs=[{"name": "unsure"}, {"name": "label"}], **more))
    assert [output.name for output in response.outputs] == ["unsure", "label"]
    assert len(response.raw_output_contents) == 2 * is_raw
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(request([photo.data], outputs=[{"name": "secret"}], **more))
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "there is no such output" in raised.value.details()


def test_versions(server: ServerProcess, stub: Any, photo: Photo) -> None:
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    assert stub.ModelInfer(request([photo.data], model_version=version)).model_version == version
    assert stub.ModelReady(messages.ModelReadyRequest(name=NAME, version=version)).ready
    for call, asked in [
        (stub.ModelInfer, request([photo.data], model_version="secret")),
        (stub.ModelReady, messages.ModelReadyRequest(name=NAME, version="secret")),
        (stub.ModelMetadata, messages.ModelMetadataRequest(name=NAME, version="secret")),
    ]:
        with pytest.raises(grpc.RpcError) as raised:
            call(asked)
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND
        assert raised.value.details() == f"the model has no such version; it has {version}"


def test_messages_may_be_as_large_as_bodies(stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(request([bytes(8_100_000)] * 2))  # 16.2 million bytes: less than 16 MiB
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(request([bytes(8_500_000)] * 2))
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_calls_are_logged_and_counted(server: ServerProcess, stub: Any, photo: Photo) -> None:
    def counted() -> float:
        text = server.get("/metrics").text
        name = r'predictor_requests_total{client="traffic",code="400",route="grpc"}'
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0

    before = counted()
    stub.ModelInfer(request([photo.data]), metadata=[("x-request-id", "grpc-good")])
    with pytest.raises(grpc.RpcError):
        stub.ModelInfer(request([b"text"]), metadata=[("x-request-id", "grpc-bad")])
    good, bad = server.logged("grpc-good"), server.logged("grpc-bad")
    assert (good["route"], good["status"], good["labels"]) == ("grpc", 200, expected_labels([photo]))
    assert (bad["route"], bad["status"]) == ("grpc", 400)
    for line in (good, bad):
        assert (line["method"], line["path"]) == ("POST", "/inference.GRPCInferenceService/ModelInfer")
    assert "labels" not in bad
    assert "not a JPEG" in bad["error"]
    assert counted() == before + 1


def bad_requests() -> dict[str, tuple[Any, grpc.StatusCode]]:
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    both = {"name": "secret", "datatype": "BYTES", "contents": {"bytes_contents": [b"secret"]}}
    two = messages.ModelInferRequest(model_name=NAME, inputs=[{"name": "a", "datatype": "BYTES"}] * 2)
    return {
        "no input": (messages.ModelInferRequest(model_name=NAME), invalid),
        "two inputs": (two, invalid),
        "empty": (request([]), invalid),
        "text": (request([b"text"]), invalid),
        "many": (request([b"text"] * 1000), invalid),
        "shape": (request([b"text"], shape=[7]), invalid),
        "negative shape": (request([b"text"], shape=[-1]), invalid),
        "huge shape": (request([b"text"], shape=[2**62] * 100), invalid),
        "datatype": (request([b"secret"], datatype="SECRET"), invalid),
        "numbers": (request([], datatype="FP32", shape=[1]), invalid),
        "raw cut short": (request([], shape=[1], raw_input_contents=[b"\xff\xff\xff\xff"]), invalid),
        "raw and contents": (
            messages.ModelInferRequest(model_name=NAME, inputs=[both], raw_input_contents=[b"secret"]),
            invalid,
        ),
        "raw without inputs": (messages.ModelInferRequest(model_name=NAME, raw_input_contents=[b"x"]), invalid),
        "other model": (request([b"text"], model_name="secret"), grpc.StatusCode.NOT_FOUND),
        "too large": (request([bytes(20_000_000)]), grpc.StatusCode.RESOURCE_EXHAUSTED),
    }


@pytest.mark.parametrize("name", bad_requests())
def test_bad_request_gets_a_sentence(server: ServerProcess, stub: Any, photo: Photo, name: str) -> None:
    bad, code = bad_requests()[name]
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(bad)
    assert raised.value.code() == code
    assert raised.value.details()
    assert not re.search("secret|Traceback|Error|Exception", raised.value.details(), re.IGNORECASE)
    good = stub.ModelInfer(request([photo.data]))
    np.testing.assert_allclose(good.outputs[1].contents.fp32_contents, photo.expected, atol=TOLERANCE)
    assert "Traceback" not in server.errors.read_text()


def test_models_are_not_loaded_or_unloaded(server: ServerProcess, stub: Any) -> None:
    for call, message in [
        (stub.RepositoryModelLoad, messages.RepositoryModelLoadRequest(model_name=NAME)),
        (stub.RepositoryModelUnload, messages.RepositoryModelUnloadRequest(model_name=NAME)),
    ]:
        with pytest.raises(grpc.RpcError) as raised:
            call(message)
        assert raised.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert stub.ModelReady(messages.ModelReadyRequest(name=NAME)).ready
    assert server.is_ready()


def test_metadata(server: ServerProcess, stub: Any) -> None:
    assert stub.ServerLive(messages.ServerLiveRequest()).live
    assert stub.ServerReady(messages.ServerReadyRequest()).ready
    metadata = stub.ModelMetadata(messages.ModelMetadataRequest(name=NAME))
    assert metadata.versions == [server.get(f"/v1/models/{NAME}").json()["model_version"]]
    served = stub.ServerMetadata(messages.ServerMetadataRequest())
    assert (served.name, served.version, list(served.extensions)) == (NAME, server.revision, [])
    assert [tensor.name for tensor in metadata.inputs] == ["image"]
    assert [tensor.name for tensor in metadata.outputs] == ["label", "probabilities", "unsure"]


def test_calls_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    large = encoded(plain(width=4000, height=4000), "PNG")
    with (
        ServerProcess(tmp_path, "--max_grpc_calls", 2, "--threads", 1) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
    ):
        few = GRPCInferenceServiceStub(channel)
        calls = [few.ModelInfer.future(request([large])) for _ in range(12)]
        codes = [call.code() for call in calls]
        assert codes.count(grpc.StatusCode.OK) >= 2
        assert codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED) >= 6
        assert len(set(codes)) == 2
        few.ModelInfer(request([large]))


def test_top_k(stub: Any, photos: list[Photo]) -> None:
    asked = request([photo.data for photo in photos])
    asked.parameters["top_k"].int64_param = 1
    label, probabilities, classes = stub.ModelInfer(asked).outputs
    assert list(probabilities.shape) == list(classes.shape) == [len(photos), 1]
    assert classes.contents.bytes_contents == label.contents.bytes_contents
    np.testing.assert_allclose(
        probabilities.contents.fp32_contents, [photo.expected.max() for photo in photos], atol=TOLERANCE
    )
    asked.parameters["top_k"].string_param = "1"
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(asked)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == "top_k is not a whole number from 1 to 1,000,000"
