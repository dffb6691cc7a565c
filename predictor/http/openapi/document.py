"""The OpenAPI document (3.1.1): paths, and the answers that they give."""

from collections.abc import Iterable, Sequence
from typing import Any

from predictor.http.openapi.predictions import infer, predict
from predictor.http.openapi.schemas import Schema, a_list, an_object, reference, schemas
from predictor.identity import Identity
from predictor.limits import Limits

REFUSALS = {
    "400": "The request is not HTTP, or is wrong: the sentence says why",
    "404": "There is no such model, version or path",
    "405": "The path takes another method, which the header allow names",
    "408": "The body took too long",
    "413": "The body is too large",
    "415": "The body's content-encoding is not gzip",
    "431": "The head of the request is too large",
    "500": "The server failed; its log says why",
    "503": "The server is full, or ends: try again in as many seconds as the header retry-after says",
}
NEEDS_KEY = {"401": "Predictions need a key: send a valid one in the header authorization"}
KEY_SCHEME = {"type": "http", "scheme": "bearer", "description": "one of the keys that the server's owner gives out"}
OF_EVERY_PATH = ("400", "405", "408", "413", "431", "500", "503")
OF_PREDICTIONS = (*OF_EVERY_PATH, "415")
HTML = {"text/html": {"schema": {"type": "string"}}}
ABOUT = """Says what a photo shows. Every error is one JSON sentence, `{"error": "…"}`. Every answer has the headers
`x-request-id` (that of the request, or a new one), `x-model-revision` and `x-model-version`. A pod's answers
have its name in `x-model-pod`. HEAD answers wherever GET does. gRPC (V2's protocol) is on another port."""


def openapi_document(
    identity: Identity, classes: Sequence[str], limits: Limits, asks_for_keys: bool = False
) -> dict[str, Any]:
    """The description of every HTTP path of a server.

    Args:
        identity: paths hold the model's name and version.
        classes: of the model.
        limits: of requests.
        asks_for_keys: whether predictions need a key.
    """
    refusals = {**REFUSALS, **NEEDS_KEY} if asks_for_keys else REFUSALS
    responses = {status: _response(sentence, _json(reference("Error"))) for status, sentence in refusals.items()}
    responses["503"]["headers"] = {"retry-after": {"schema": {"type": "string"}, "description": "seconds"}}
    predictions = _predictions(identity, limits, NEEDS_KEY if asks_for_keys else ())
    components = {"schemas": schemas(identity, classes, limits), "responses": responses}
    if asks_for_keys:
        responses["401"]["headers"] = {"www-authenticate": {"schema": {"const": "Bearer"}}}
        components["securitySchemes"] = {"key": KEY_SCHEME}
        for item in predictions.values():
            item["post"]["security"] = [{"key": []}]
    return {
        "openapi": "3.1.1",
        "info": {"title": identity.model_name, "version": identity.revision, "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": {**predictions, **_documents(identity)},
        "components": components,
    }


def _predictions(identity: Identity, limits: Limits, more: Iterable[str]) -> dict[str, Any]:
    name, version = identity.model_name, identity.model_version
    refusals = _refusals((*OF_PREDICTIONS, *more))
    return {
        f"/v1/models/{name}:predict": {"post": predict(limits, refusals)},
        f"/v2/models/{name}/infer": {"post": infer(limits, refusals, "infer")},
        f"/v2/models/{name}/versions/{version}/infer": {"post": infer(limits, refusals, "inferVersion")},
    }


def _documents(identity: Identity) -> dict[str, Any]:
    name, version = identity.model_name, identity.model_version
    readiness, model = reference("Readiness"), reference("Model")
    text = {"text/plain": {"schema": {"type": "string"}}}
    extensions = an_object({"name": {}, "version": {}, "extensions": a_list({"type": "string"})})
    return {
        f"/v1/models/{name}": _ready("Whether the model is ready, and what runs", readiness),
        f"/v2/models/{name}/ready": _ready("The same, as V2 asks", readiness),
        f"/v2/models/{name}/versions/{version}/ready": _ready("The same, of this version", readiness),
        "/v2/health/ready": _ready("The same, of the server", readiness),
        "/v2/health/live": _get("That the process is alive", _json(an_object({"live": {"const": True}}))),
        "/": _get(
            "The same, as V1 asks; browsers get a page that sends photos",
            {**_json(an_object({"status": {"const": "alive"}})), **HTML},
        ),
        "/v1/models": _get("The model's name", _json(reference("Models"))),
        "/v2/models": _get("The same, as V2 asks", _json(reference("Models"))),
        "/v2": _get("The server, and the extensions of V2 that it has", _json(extensions)),
        f"/v2/models/{name}": _get("The model's inputs and outputs, and what its file says", _json(model)),
        f"/v2/models/{name}/versions/{version}": _get("The same, of this version", _json(model)),
        "/model": _get("What the model file says", _json(reference("About"))),
        "/stats": _get("A summary for people", _json(reference("Stats"))),
        "/metrics": _get("For Prometheus", {**text, "application/openmetrics-text": text["text/plain"]}),
        "/openapi.json": _get("This description", _json({"type": "object"})),
        "/docs": _get("This description as a page", HTML),
    }


def _ready(summary: str, schema: Schema) -> dict[str, Any]:
    item = _get(summary, _json(schema))
    item["get"]["responses"]["503"] = _response("It is not ready: the server ends", _json(schema))
    return item


def _get(summary: str, content: dict[str, Any]) -> dict[str, Any]:
    responses = {"200": _response(summary, content), **_refusals(OF_EVERY_PATH)}
    return {"get": {"summary": summary, "responses": responses}}


def _refusals(statuses: Sequence[str]) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": content}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
