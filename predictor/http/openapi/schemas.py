"""The JSON of requests and answers, as JSON Schema (draft 2020-12, which OpenAPI 3.1 takes)."""

from collections.abc import Sequence
from typing import Any

from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.top_k import LARGEST_TOP_K

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
PHOTO_FILE: Schema = {"type": "string", "format": "binary", "contentMediaType": "image/*"}
TOP_K: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_TOP_K}
# 8 by 8 pixels: a photo that is short enough to be read in an example
EXAMPLE = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR42mM8UWHDgA0wMeAAg1MCAC2LAYx3v6XkAAAAAElFTkSuQmCC"


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """An object with some properties; others are allowed."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties, **more}


def a_list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def schemas(identity: Identity, classes: Sequence[str], limits: Limits) -> dict[str, Schema]:
    """All of them, by the names that operations use."""
    versions = {name: {"const": value} for name, value in identity.fields.items()}
    return {
        "Error": an_object({"error": {"type": "string", "description": "one sentence, which repeats nothing"}}),
        **_v1_requests(limits),
        **_v2_requests(limits),
        **_answers(versions, classes),
        "Readiness": an_object(
            {"name": {"const": identity.model_name}, "ready": {"type": "boolean"}, **versions, "classes": a_list(TEXT)}
        ),
        "Model": an_object(
            {
                "name": {"const": identity.model_name},
                "versions": a_list({"const": identity.model_version}),
                "platform": TEXT,
                "inputs": a_list(reference("Tensor")),
                "outputs": a_list(reference("Tensor")),
                "parameters": reference("About"),
            }
        ),
        "About": an_object(
            {"model": {"const": identity.model_name}, **versions, "exported_by": TEXT, "classes": a_list(TEXT)},
            {"metrics": {"type": "object", "additionalProperties": NUMBER}, "data": TEXT},
            description="what the model file says: network, classes, figures, photos, training",
        ),
        "Tensor": an_object({"name": TEXT, "datatype": TEXT, "shape": a_list({"type": "integer"})}),
        "Models": an_object({"models": a_list({"const": identity.model_name})}),
        "Stats": an_object(
            {
                **versions,
                "uptime_seconds": NUMBER,
                "requests": {**COUNTS, "description": "predictions by status"},
                "labels": COUNTS,
                "mean_confidence": or_null(NUMBER),
                "mean_inference_ms": or_null(NUMBER),
                "latency_ms": an_object({}, {"p50": NUMBER, "p99": NUMBER}),
            }
        ),
    }


def _v1_requests(limits: Limits) -> dict[str, Schema]:
    photo, in_base64 = reference("Photo"), {"b64": reference("Photo")}
    instance = {
        "anyOf": [
            photo,
            an_object({"image": {"anyOf": [photo, an_object(in_base64)]}}),
            an_object(in_base64, **{"not": {"required": ["image"]}}),
        ]
    }
    several = {"minItems": 1, "maxItems": limits.max_instances}
    return {
        "Photo": {
            "type": "string",
            "format": "photo",
            "contentEncoding": "base64",
            "description": f"a photo of at most {limits.max_image_bytes:,} bytes, in base64",
        },
        "Instance": instance,
        "Parameters": an_object({}, {"top_k": or_null(TOP_K)}, description="top_k: so many of the likeliest classes"),
        "V1Request": an_object(
            {"instances": a_list(reference("Instance"), **several)}, {"parameters": or_null(reference("Parameters"))}
        ),
        "FormRequest": an_object({"file": a_list(PHOTO_FILE, **several)}, {"top_k": TOP_K}, additionalProperties=False),
    }


def _v2_requests(limits: Limits) -> dict[str, Schema]:
    flag = or_null({"type": "boolean"})
    shape = a_list({"type": "integer", "minimum": 0}, maxItems=8, description="its product is the number of photos")
    tensor = an_object(
        {"datatype": {"const": "BYTES"}, "shape": shape},
        {
            "name": {"description": "any"},
            "data": a_list(reference("Photo"), minItems=1, maxItems=limits.max_instances),
            "parameters": or_null(an_object({}, {"binary_data_size": {"description": "bytes of a binary tensor"}})),
        },
    )
    wanted = an_object(
        {"name": {"enum": ["label", "probabilities", "unsure"]}},
        {"parameters": or_null(an_object({}, {"binary_data": flag}))},
    )
    parameters = an_object({}, {"top_k": or_null(TOP_K), "binary_data_output": flag})
    return {
        "V2Input": tensor,
        "V2Request": an_object(
            {"inputs": a_list(reference("V2Input"), minItems=1, maxItems=1)},
            {"id": or_null(TEXT), "outputs": or_null(a_list(wanted)), "parameters": or_null(parameters)},
        ),
    }


def _answers(versions: Schema, classes: Sequence[str]) -> dict[str, Schema]:
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    prediction = an_object(
        {
            "label": {"enum": [*classes]},
            "confidence": probability,
            "unsure": {"type": "boolean"},
            "probabilities": {"type": "object", "additionalProperties": probability},
        }
    )
    output = an_object(
        {"name": TEXT, "datatype": {"enum": ["BYTES", "FP32", "BOOL"]}, "shape": a_list({"type": "integer"})},
        {"data": {"type": "array"}, "parameters": {"type": "object"}},
    )
    return {
        "V1Answer": an_object({"predictions": a_list(prediction), **versions, "inference_ms": NUMBER}),
        "V2Answer": an_object(
            {
                "model_name": TEXT,
                "model_version": versions["model_version"],
                "outputs": a_list(output),
                "id": TEXT,
            }
        ),
    }
