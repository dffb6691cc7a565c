"""KServe's V1 protocol: JSON in, JSON out."""

from collections.abc import Sequence

import orjson

from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.protocols.base64 import decode_base64
from predictor.protocols.json_body import parse_json
from predictor.protocols.protocol import HTTPProtocol, HTTPResponse
from predictor.protocols.top_k import read_top_k, top_of

EXPECTED_BODY = 'the body must be {"instances": [{"image": {"b64": "..."}}]}, or a photo with content-type: image/jpeg'


class V1(HTTPProtocol):
    """POST /v1/models/NAME:predict. An instance is {"image": {"b64": "..."}}, {"b64": "..."} or the text itself."""

    top_k: int | None = None  # the client wants only so many classes

    def decode(self) -> list[bytes]:
        request = parse_json(self.body(), EXPECTED_BODY)
        if not isinstance(request, dict) or not isinstance(request.get("instances"), list):
            raise Refused(400, EXPECTED_BODY)
        instances = request["instances"]
        if not instances:
            raise Refused(400, "instances is empty: send at least one photo")
        if len(instances) > self.limits.max_instances:
            raise Refused(400, f"{len(instances)} instances are more than the limit of {self.limits.max_instances}")
        self.top_k = read_top_k(request.get("parameters"))
        return [self._photo(instance, index) for index, instance in enumerate(instances)]

    def _photo(self, instance: object, index: int) -> bytes:
        text = instance
        if isinstance(text, dict):
            text = text.get("image", text)
        if isinstance(text, dict):
            text = text.get("b64")
        if not isinstance(text, str):
            raise Refused(400, f'instance {index} is not {{"image": {{"b64": "..."}}}}')
        return decode_base64(text, f"instance {index}", self.limits)

    def encode(self, answer: Answer) -> HTTPResponse:
        rows = zip(answer.labels, answer.confidences, answer.unsure, self._probabilities(answer), strict=True)
        predictions = [
            {"label": label, "confidence": confidence, "unsure": unsure, "probabilities": probabilities}
            for label, confidence, unsure, probabilities in rows
        ]
        content = {"predictions": predictions, **self.identity.fields, "inference_ms": answer.inference_ms}
        return HTTPResponse(orjson.dumps(content))

    def _probabilities(self, answer: Answer) -> list[dict[str, float]]:
        """Of each photo: all classes in the order of the model, or the likeliest ones."""
        if self.top_k is None:
            return [_by_class(answer.classes, row) for row in answer.probabilities.tolist()]
        top = top_of(answer, self.top_k)
        return [_by_class(names, row) for names, row in zip(top.classes, top.probabilities.tolist(), strict=True)]


def _by_class(names: Sequence[str], probabilities: list[float]) -> dict[str, float]:
    return {name: round(probability, 6) for name, probability in zip(names, probabilities, strict=True)}
