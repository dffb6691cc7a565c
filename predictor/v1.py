"""KServe's V1 protocol: JSON in, JSON out."""

import orjson
import pybase64

from model.contract.classes import CLASSES
from predictor.answer import Answer
from predictor.errors import Refused
from predictor.limits import Limits

SHAPE = 'the body must be {"instances": [{"image": {"b64": "..."}}]}'


def read_images(body: bytes, limits: Limits) -> list[bytes]:
    """Takes the encoded photos out of a V1 request.

    An instance is {"image": {"b64": "..."}}, {"b64": "..."} or the base64 text itself.

    Raises:
        Refused: 400, with a sentence that says what is wrong where.
    """
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, f"the body is not JSON; {SHAPE}") from None
    instances = request.get("instances") if isinstance(request, dict) else None
    if not isinstance(instances, list):
        raise Refused(400, SHAPE)
    if not instances:
        raise Refused(400, "instances is empty: send at least one photo")
    if len(instances) > limits.max_instances:
        raise Refused(400, f"{len(instances)} instances are more than the limit of {limits.max_instances}")
    return [_image(instance, index, limits) for index, instance in enumerate(instances)]


def _image(instance: object, index: int, limits: Limits) -> bytes:
    text = instance
    for key in ("image", "b64"):
        if isinstance(text, dict):
            text = text.get(key, text if key == "image" else None)
    if not isinstance(text, str):
        raise Refused(400, f'instance {index} is not {{"image": {{"b64": "..."}}}}')
    return decode_base64(text, f"instance {index}", limits)


def decode_base64(text: str | bytes, name: str, limits: Limits) -> bytes:
    """Raises Refused (400) when it is not base64 or too large."""
    if len(text) * 3 // 4 > limits.max_image_bytes + 2:
        raise Refused(400, f"{name} has more than the limit of {limits.max_image_bytes:,} bytes")
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(400, f"{name} is not base64") from None


def predictions(answer: Answer) -> list[dict]:
    """One {"label", "confidence", "probabilities"} for each photo."""
    rows = zip(answer.labels, answer.confidences, answer.probabilities.tolist(), strict=True)
    return [
        {
            "label": label,
            "confidence": confidence,
            "probabilities": {name: round(p, 6) for name, p in zip(CLASSES, pair, strict=True)},
        }
        for label, confidence, pair in rows
    ]
