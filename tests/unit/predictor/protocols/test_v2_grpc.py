"""V2 over gRPC: photos as contents of a message or as a raw tensor."""

import warnings

import numpy as np
import pytest

from predictor.engine.answer import make_answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the SDK's own
    from kserve import InferInput, InferRequest
    from kserve.protocol.grpc.grpc_predict_v2_pb2 import InferParameter
    from kserve.protocol.infer_type import RequestedOutput

    from predictor.protocols.v2_grpc import V2GRPC

CLASSES = ("cat", "dog")
IDENTITY = Identity("catdog", "0123abc", "456def")


def v2(*inputs: InferInput) -> V2GRPC:
    return V2GRPC(InferRequest("catdog", list(inputs), request_id="mine"), IDENTITY, Limits(max_instances=3))


@pytest.mark.parametrize(("is_raw", "size"), [(False, 8), (True, 16)], ids=["contents", "raw"])
def test_photos(is_raw: bool, size: int) -> None:
    photos = [b"cat", b"doggy"]
    tensor = InferInput("image", [2], "BYTES", None if is_raw else photos)
    if is_raw:
        tensor.set_data_from_numpy(np.array(photos, np.object_), binary_data=True)
    assert v2(tensor).decode() == [b"cat", b"doggy"]
    assert v2(tensor).size == size


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        [InferInput("image", [1], "FP32", [1.5])],
        [InferInput("a", [1], "BYTES", [b"cat"]), InferInput("b", [1], "BYTES", [b"dog"])],
    ],
    ids=["none", "numbers", "two"],
)
def test_other_inputs(inputs: list[InferInput]) -> None:
    assert v2(*inputs).size == 3 * (len(inputs) > 1) * len(inputs)
    with pytest.raises(Refused, match="one input of datatype BYTES") as raised:
        v2(*inputs).decode()
    assert raised.value.status == 400


def test_response() -> None:
    answer = make_answer(CLASSES, np.array([[0.25, 0.75]], np.float32), [(4, 3)], [1.0], 0.1)
    response = v2().encode(answer).to_grpc()
    label, probabilities = response.outputs
    assert (response.id, response.model_name, response.model_version) == ("mine", "catdog", "456def")
    assert (label.name, list(label.contents.bytes_contents)) == ("label", [b"dog"])
    assert (list(probabilities.shape), list(probabilities.contents.fp32_contents)) == ([1, 2], [0.25, 0.75])


def test_unsure_is_an_output_to_ask_for() -> None:
    answer = make_answer(CLASSES, np.array([[0.25, 0.75]], np.float32), [(4, 3)], [1.0], 0.1, unsure_below=0.8)
    tensor = InferInput("image", [1], "BYTES", [b"cat"])
    protocol = V2GRPC(InferRequest("catdog", [tensor], request_outputs=[RequestedOutput("unsure")]), IDENTITY, Limits())
    protocol.decode()
    (unsure,) = protocol.encode(answer).to_grpc().outputs
    assert (unsure.name, unsure.datatype, list(unsure.contents.bool_contents)) == ("unsure", "BOOL", [True])


THREE = make_answer(("cat", "dog", "owl"), np.array([[0.25, 0.0, 0.75]], np.float32), [(4, 3)], [1.0], 0.1)


def with_top_k(parameter: InferParameter) -> V2GRPC:
    tensor = InferInput("image", [1], "BYTES", [b"cat"])
    return V2GRPC(InferRequest("catdog", [tensor], parameters={"top_k": parameter}), IDENTITY, Limits())


def test_top_k() -> None:
    protocol = with_top_k(InferParameter(int64_param=2))
    assert protocol.decode() == [b"cat"]
    label, probabilities, classes = protocol.encode(THREE).to_grpc().outputs
    assert list(label.contents.bytes_contents) == [b"owl"]
    assert (list(probabilities.shape), list(probabilities.contents.fp32_contents)) == ([1, 2], [0.75, 0.25])
    assert (classes.name, classes.datatype, list(classes.shape)) == ("classes", "BYTES", [1, 2])
    assert list(classes.contents.bytes_contents) == [b"owl", b"cat"]


@pytest.mark.parametrize("bad", [{"int64_param": 0}, {"string_param": "2"}, {"bool_param": True}])
def test_bad_top_k(bad: dict[str, object]) -> None:
    with pytest.raises(Refused, match="top_k is not a whole number from 1 to 1,000,000"):
        with_top_k(InferParameter(**bad)).decode()
