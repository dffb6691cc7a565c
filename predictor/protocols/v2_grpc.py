"""KServe's V2 protocol over gRPC. The SDK has parsed the message; photos are elements of a BYTES tensor."""

from kserve.protocol.infer_type import InferInput, InferOutput, InferRequest, InferResponse, to_http_parameters

from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.protocol import Protocol
from predictor.protocols.top_k import read_top_k
from predictor.protocols.v2_outputs import check_outputs, default_outputs, v2_outputs
from predictor.protocols.v2_tensors import photos_of, split_elements


class V2GRPC(Protocol[InferResponse]):
    """One ModelInfer call."""

    def __init__(self, request: InferRequest, identity: Identity, limits: Limits):
        self.request, self.identity, self.limits = request, identity, limits
        self.top_k: int | None = None  # the client wants only so many classes
        self.outputs = list(default_outputs(None))

    @property
    def size(self) -> int:
        """Bytes that the request holds in memory."""
        return sum(_size(tensor) for tensor in self.request.inputs)

    def decode(self) -> list[bytes]:
        inputs = self.request.inputs
        self.top_k = read_top_k(to_http_parameters(self.request.parameters or {}))
        self.outputs = [output.name for output in self.request.request_outputs or []]
        self.outputs = self.outputs or list(default_outputs(self.top_k))
        check_outputs(self.outputs, self.top_k)
        if len(inputs) != 1 or inputs[0].datatype != "BYTES":
            raise Refused(400, "the request must have one input of datatype BYTES: the photos, encoded")
        raw = inputs[0]._raw_data
        elements = list(inputs[0].data or []) if raw is None else split_elements(raw, self.limits)
        return photos_of(elements, list(inputs[0].shape), self.limits)

    def encode(self, answer: Answer) -> InferResponse:
        outputs = []
        values = v2_outputs(answer, self.top_k)
        is_raw = any(tensor._raw_data is not None for tensor in self.request.inputs)  # Triton's clients read no other
        for name in self.outputs:
            value = values[name]
            output = InferOutput(name, list(value.shape), value.datatype)
            output.set_data_from_numpy(value.array, binary_data=is_raw)
            outputs.append(output)
        identity = self.identity
        return InferResponse(self.request.id or "", identity.model_name, outputs, identity.model_version)


def _size(tensor: InferInput) -> int:
    if tensor._raw_data is not None:
        return len(tensor._raw_data)
    return sum(len(element) for element in tensor.data or [] if isinstance(element, bytes))
