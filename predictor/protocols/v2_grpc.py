"""KServe's V2 protocol over gRPC. The SDK has parsed the message; photos are elements of a BYTES tensor."""

import numpy as np
from kserve import InferInput, InferOutput, InferRequest, InferResponse

from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import Protocol
from predictor.protocols.v2_tensors import photos_of, split_elements


class V2GRPC(Protocol[InferResponse]):
    """One ModelInfer call."""

    def __init__(self, request: InferRequest, identity: Identity, limits: Limits):
        self.request, self.identity, self.limits = request, identity, limits

    @property
    def size(self) -> int:
        """Bytes that the request holds in memory."""
        return sum(_size(tensor) for tensor in self.request.inputs)

    def decode(self) -> list[bytes]:
        inputs = self.request.inputs
        if len(inputs) != 1 or inputs[0].datatype != "BYTES":
            raise Refused(400, "the request must have one input of datatype BYTES: the photos, encoded")
        raw = inputs[0]._raw_data
        elements = list(inputs[0].data or []) if raw is None else split_elements(raw, self.limits)
        return photos_of(elements, list(inputs[0].shape), self.limits)

    def encode(self, answer: Answer) -> InferResponse:
        labels = InferOutput("label", [len(answer.labels)], "BYTES")
        labels.set_data_from_numpy(np.array(answer.labels, dtype=np.object_), binary_data=False)
        probabilities = InferOutput("probabilities", list(answer.probabilities.shape), "FP32")
        probabilities.set_data_from_numpy(answer.probabilities, binary_data=False)
        identity = self.identity
        return InferResponse(
            self.request.id or "", identity.model_name, [labels, probabilities], identity.model_version
        )


def _size(tensor: InferInput) -> int:
    if tensor._raw_data is not None:
        return len(tensor._raw_data)
    return sum(len(element) for element in tensor.data or [] if isinstance(element, bytes))
