"""The KServe model: what the SDK's protocols (V2 over HTTP and gRPC, V1 through the SDK) call."""

import time
from pathlib import Path

import numpy as np
from kserve import InferInput, InferOutput, InferRequest, InferResponse, Model
from kserve.errors import InvalidInput, ServerNotReady

from model.exported import check_golden, load_exported
from predictor import v1
from predictor.answer import Answer
from predictor.build import Build, read_build
from predictor.engine import Engine
from predictor.errors import Refused
from predictor.limits import Limits
from predictor.metrics import Metrics


class CatDog(Model):
    """Classifies photos of cats and dogs."""

    build: Build
    batcher: Engine

    def __init__(self, name: str, path: Path, limits: Limits, metrics: Metrics, threads: int, max_batch: int):
        super().__init__(name)
        self.path, self.limits, self.metrics = path, limits, metrics
        self.threads, self.max_batch = threads, max_batch

    def load(self) -> bool:
        """Reads the file, checks its golden answers and warms up.

        Raises:
            Mistake: the file is missing or damaged, or the model does not answer as it did when it was exported.
        """
        start = time.perf_counter()
        exported = load_exported(self.path)
        check_golden(exported)
        for count in (1, self.max_batch):
            exported.predict(np.zeros((count, exported.size, exported.size, 3), np.uint8), self.max_batch)
        self.build = read_build(self.path)
        self.batcher = Engine(exported, self.limits, self.metrics, self.threads, self.max_batch)
        self.metrics.observe_build(self.build, time.perf_counter() - start)
        self.ready = True
        return self.ready

    def get_input_types(self) -> list[dict]:
        """V2 metadata: encoded photos, as bytes or base64 text."""
        return [{"name": "image", "datatype": "BYTES", "shape": [-1]}]

    def get_output_types(self) -> list[dict]:
        """V2 metadata: the answer of each photo."""
        return [
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
        ]

    async def predict(self, payload, headers: dict[str, str] | None = None) -> dict | InferResponse:
        """Answers an InferRequest (V2) or a dict (V1).

        Raises:
            InvalidInput: the request is not one that can be answered.
            ServerNotReady: too many requests wait.
        """
        if not isinstance(payload, InferRequest):
            raise InvalidInput(v1.SHAPE)
        try:
            answer = await self.batcher.answer(lambda: _v2_images(payload, self.limits), weight=0)
        except Refused as refused:
            kind = ServerNotReady if refused.status == 503 else InvalidInput
            raise kind(refused.sentence) from None
        self.metrics.observe_answer(answer)
        return _v2_response(payload.id, self.name, self.build, answer)


def _v2_images(request: InferRequest, limits: Limits) -> list[bytes]:
    """The encoded photos of a V2 request: one BYTES input; its elements are photos, or their base64 text."""
    if len(request.inputs) != 1 or request.inputs[0].datatype != "BYTES":
        raise Refused(400, "a V2 request must have one input of datatype BYTES: the photos, encoded")
    elements = _elements(request.inputs[0])
    if not elements:
        raise Refused(400, "the input is empty: send at least one photo")
    if len(elements) > limits.max_instances:
        raise Refused(400, f"{len(elements)} photos are more than the limit of {limits.max_instances}")
    return [_v2_image(element, index, limits) for index, element in enumerate(elements)]


def _elements(tensor: InferInput) -> list:
    try:
        return tensor.as_numpy().flatten().tolist()
    except Exception:  # the SDK raises what its parsing runs into
        raise Refused(400, "the input's data does not fit its shape and datatype") from None


def _v2_image(element: object, index: int, limits: Limits) -> bytes:
    if isinstance(element, str):
        return v1.decode_base64(element, f"element {index}", limits)
    if not isinstance(element, bytes):
        raise Refused(400, f"element {index} is neither bytes nor base64 text")
    if len(element) > limits.max_image_bytes:
        raise Refused(400, f"element {index} has more than the limit of {limits.max_image_bytes:,} bytes")
    return element


def _v2_response(request_id: str | None, name: str, build: Build, answer: Answer) -> InferResponse:
    labels = InferOutput("label", [len(answer.labels)], "BYTES")
    labels.set_data_from_numpy(np.array(answer.labels, dtype=np.object_), binary_data=False)
    probabilities = InferOutput("probabilities", list(answer.probabilities.shape), "FP32")
    probabilities.set_data_from_numpy(answer.probabilities, binary_data=False)
    return InferResponse(request_id or "", name, [labels, probabilities], build.model_version)
