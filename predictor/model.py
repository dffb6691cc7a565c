"""The KServe model: what the SDK calls to load it, to describe it and to answer gRPC."""

import time
from contextvars import ContextVar
from pathlib import Path

import numpy as np
from kserve import InferInput, InferOutput, InferRequest, InferResponse, Model

from model.contract.exported import check_golden, load_exported
from predictor import v2
from predictor.answer import Answer
from predictor.build import Build, read_build
from predictor.engine import Engine
from predictor.errors import Refused
from predictor.limits import Limits
from predictor.metrics import Metrics

newest_answer: ContextVar[Answer | None] = ContextVar("newest_answer", default=None)  # to the call of this task


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

    async def predict(self, payload: InferRequest, headers: dict[str, str] | None = None) -> InferResponse:
        """Answers a request of the V2 protocol.

        Raises:
            Refused: the request is not one that can be answered, or too many wait.
        """
        photos = _photos(payload, self.limits)
        answer = await self.batcher.answer(lambda: photos, sum(map(len, photos)))
        newest_answer.set(answer)
        return _response(payload.id, self.name, self.build, answer)


def _photos(request: InferRequest, limits: Limits) -> list[bytes]:
    """The encoded photos of a request: one BYTES input; its elements are photos."""
    if len(request.inputs) != 1 or request.inputs[0].datatype != "BYTES":
        raise Refused(400, "the request must have one input of datatype BYTES: the photos, encoded")
    tensor: InferInput = request.inputs[0]
    elements = list(tensor.data or []) if tensor._raw_data is None else v2.split_elements(tensor._raw_data, limits)
    return v2.check_elements(elements, list(tensor.shape), limits)


def _response(request_id: str | None, name: str, build: Build, answer: Answer) -> InferResponse:
    labels = InferOutput("label", [len(answer.labels)], "BYTES")
    labels.set_data_from_numpy(np.array(answer.labels, dtype=np.object_), binary_data=False)
    probabilities = InferOutput("probabilities", list(answer.probabilities.shape), "FP32")
    probabilities.set_data_from_numpy(answer.probabilities, binary_data=False)
    return InferResponse(request_id or "", name, [labels, probabilities], build.model_version)
