"""The KServe model: what the SDK calls to describe it and to answer gRPC."""

from contextvars import ContextVar

from kserve.model import Model
from kserve.protocol.infer_type import InferRequest, InferResponse

from predictor.engine.admission import Admission
from predictor.engine.answer import Answer
from predictor.engine.engine import Engine
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.v2_grpc import V2GRPC

# of this gRPC call, for those who record it
latest_answer: ContextVar[Answer | None] = ContextVar("latest_answer", default=None)
latest_photos: ContextVar[V2GRPC | None] = ContextVar("latest_photos", default=None)


class PhotoModel(Model):  # type: ignore[misc]  # kserve is published without types
    """Classifies photos. The engine's model is loaded and checked already, so it is ready."""

    def __init__(self, identity: Identity, limits: Limits, admission: Admission, engine: Engine):
        super().__init__(identity.model_name)
        self.identity, self.limits, self.admission, self.engine = identity, limits, admission, engine
        self.is_draining = False  # SIGTERM has come: requests are still answered
        self.ready = True

    @property
    def is_ready(self) -> bool:
        """Whether new requests should be sent here: what the readiness endpoints of HTTP and gRPC say."""
        return self.ready and not self.is_draining

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the C classes, in the order of the model's outputs."""
        return self.engine.classes

    def get_input_types(self) -> list[dict[str, object]]:
        """V2 metadata: encoded photos, as bytes or base64 text."""
        return [{"name": "image", "datatype": "BYTES", "shape": [-1]}]

    def get_output_types(self) -> list[dict[str, object]]:
        """V2 metadata: the answer of each photo, where the request does not limit it with top_k."""
        return [
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(self.classes)]},
            {"name": "unsure", "datatype": "BOOL", "shape": [-1]},
        ]

    async def predict(self, payload: InferRequest, headers: dict[str, str] | None = None) -> InferResponse:
        """Answers a gRPC request.

        Raises:
            Refused: 400, the request cannot be answered; 404, another version; 503, the server is full.
        """
        self.identity.check_version(payload.model_version or "")
        protocol = V2GRPC(payload, self.identity, self.limits)
        with self.admission.reserve() as reservation:
            reservation.hold(protocol.size)
            reservation.admit()
            answer = await self.engine.answer(protocol.decode)
        latest_answer.set(answer)
        latest_photos.set(protocol)
        return protocol.encode(answer)
