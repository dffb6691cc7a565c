"""KServe's V1 protocol: JSON in, JSON out."""

import orjson

from model.contract.classes import CLASSES
from predictor.engine.answer import Answer
from predictor.errors import Refused
from predictor.protocols.base64 import decode_base64
from predictor.protocols.json_body import parse_json
from predictor.protocols.protocol import HTTPProtocol, HTTPResponse

EXPECTED_BODY = 'the body must be {"instances": [{"image": {"b64": "..."}}]}'


class V1(HTTPProtocol):
    """POST /v1/models/catdog:predict. An instance is {"image": {"b64": "..."}}, {"b64": "..."} or the text itself."""

    def decode(self) -> list[bytes]:
        request = parse_json(self.request.body, EXPECTED_BODY)
        instances = request.get("instances") if isinstance(request, dict) else None
        if not isinstance(instances, list):
            raise Refused(400, EXPECTED_BODY)
        if not instances:
            raise Refused(400, "instances is empty: send at least one photo")
        if len(instances) > self.limits.max_instances:
            raise Refused(400, f"{len(instances)} instances are more than the limit of {self.limits.max_instances}")
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
        rows = zip(answer.labels, answer.confidences, answer.probabilities.tolist(), strict=True)
        predictions = [
            {
                "label": label,
                "confidence": confidence,
                "probabilities": {name: round(p, 6) for name, p in zip(CLASSES, row, strict=True)},
            }
            for label, confidence, row in rows
        ]
        return HTTPResponse(orjson.dumps({"predictions": predictions, **self.identity.fields}))
