"""KServe's V2 protocol over HTTP: JSON and binary tensors."""

import json
import struct
from typing import Any

import numpy as np
import pytest
import requests

from model.settings import NAME
from tests.integration.conftest import CLASSES, Photo
from tests.integration.server_process import Server

pytestmark = pytest.mark.image

PATH = f"/v2/models/{NAME}/infer"
TOLERANCE = 1e-4


def image(data: list[Any], **more: object) -> dict[str, Any]:
    return {"name": "image", "shape": [len(data)], "datatype": "BYTES", "data": data, **more}


def pack(*photos: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(photo)) + photo for photo in photos)


def unpack(tensor: bytes) -> list[bytes]:
    elements = []
    while tensor:
        (length,) = struct.unpack_from("<I", tensor)
        elements.append(tensor[4 : 4 + length])
        tensor = tensor[4 + length :]
    return elements


def post_binary(
    server: Server, tensor: bytes, shape: list[int], size: int | None = None, **more: object
) -> requests.Response:
    parameters = {"binary_data_size": len(tensor) if size is None else size}
    described = {"name": "image", "shape": shape, "datatype": "BYTES", "parameters": parameters}
    text = json.dumps({"inputs": [described], **more}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text)), "Content-Type": "application/octet-stream"}
    return server.post(PATH, data=text + tensor, headers=headers)


def outputs(response: requests.Response) -> dict[str, dict[str, Any]]:
    assert response.status_code == 200, response.text
    return {output["name"]: output for output in response.json()["outputs"]}


def expected_labels(photos: list[Photo]) -> list[str]:
    return [photo.label for photo in photos]


def test_json(server: Server, photos: list[Photo]) -> None:
    response = server.post(PATH, json={"id": "seven", "inputs": [image([photo.b64 for photo in photos])]})
    named = outputs(response)
    assert named["label"]["data"] == expected_labels(photos)
    assert named["label"]["datatype"] == "BYTES"
    assert named["probabilities"]["shape"] == [len(photos), len(CLASSES)]
    assert named["probabilities"]["datatype"] == "FP32"
    answer = np.reshape(named["probabilities"]["data"], (-1, len(CLASSES)))
    np.testing.assert_allclose(answer, [photo.expected for photo in photos], atol=TOLERANCE)
    assert response.json()["id"] == "seven"
    assert response.json()["model_name"] == NAME
    assert response.json()["model_version"] == response.headers["x-model-version"]


def test_request_without_id_gets_one(server: Server, photo: Photo) -> None:
    response = server.post(PATH, json={"inputs": [image([photo.b64])]}, headers={"x-request-id": "of the header"})
    assert response.json()["id"] == "of the header"


@pytest.mark.parametrize("shape", [[2], [2, 1], [1, 2, 1]])
def test_shapes(server: Server, photos: list[Photo], shape: list[int]) -> None:
    data = np.reshape([photo.b64 for photo in photos[:2]], shape).tolist()
    named = outputs(server.post(PATH, json={"inputs": [{**image(data), "shape": shape}]}))
    assert named["label"]["data"] == expected_labels(photos[:2])


def test_binary_input(server: Server, photos: list[Photo]) -> None:
    response = post_binary(server, pack(*(photo.data for photo in photos)), [len(photos)])
    answer = np.reshape(outputs(response)["probabilities"]["data"], (-1, len(CLASSES)))
    np.testing.assert_allclose(answer, [photo.expected for photo in photos], atol=TOLERANCE)


def test_binary_output(server: Server, photos: list[Photo]) -> None:
    tensor = pack(*(photo.data for photo in photos))
    response = post_binary(server, tensor, [len(photos)], parameters={"binary_data_output": True})
    assert response.headers["content-type"] == "application/octet-stream"
    length = int(response.headers["inference-header-content-length"])
    label, probabilities = json.loads(response.content[:length])["outputs"]
    size = label["parameters"]["binary_data_size"]
    assert [text.decode() for text in unpack(response.content[length : length + size])] == expected_labels(photos)
    answer = np.frombuffer(response.content[length + size :], "<f4").reshape(probabilities["shape"])
    np.testing.assert_allclose(answer, [photo.expected for photo in photos], atol=TOLERANCE)


def test_wanted_outputs(server: Server, photo: Photo) -> None:
    request = {
        "inputs": [image([photo.b64])],
        "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}],
    }
    response = server.post(PATH, json=request)
    length = int(response.headers["inference-header-content-length"])
    assert [output["name"] for output in json.loads(response.content[:length])["outputs"]] == ["probabilities"]
    np.testing.assert_allclose(np.frombuffer(response.content[length:], "<f4"), photo.expected, atol=TOLERANCE)


def test_sdk_client(server: Server, photo: Photo) -> None:
    kserve = pytest.importorskip("kserve")
    tensor = kserve.InferInput("image", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([photo.data], dtype=np.object_), binary_data=True)
    body, length = kserve.InferRequest(NAME, [tensor]).to_rest()
    response = server.post(PATH, data=body, headers={"Inference-Header-Content-Length": str(length)})
    answer = kserve.InferResponse.from_rest(response.json()).outputs[1].as_numpy()
    np.testing.assert_allclose(answer[0], photo.expected, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ([], "the body must be"),
        ({}, "the body must be"),
        ({"inputs": []}, "the body must be"),
        ({"inputs": [image(["Y2F0"]), image(["Y2F0"])]}, "the body must be"),
        ({"id": 7, "inputs": [image(["Y2F0"])]}, "the body must be"),
        ({"inputs": [{**image([1.5]), "datatype": "FP32"}]}, "datatype is not BYTES"),
        ({"inputs": [image(["Y2F0"], parameters=7)]}, "parameters is not an object"),
        ({"inputs": [image(["Y2F0"])], "outputs": 7}, "outputs is not a list"),
        ({"inputs": [image(["Y2F0"])], "outputs": [{"name": "fur"}]}, "no such output"),
        ({"inputs": [image([])]}, "send at least one photo"),
        ({"inputs": [{**image([]), "data": None}]}, "no data"),
        ({"inputs": [image([7])]}, "element 0 is neither"),
        ({"inputs": [image(["%"])]}, "element 0 is not base64"),
        ({"inputs": [image(["Y2F0"])]}, "not a JPEG"),
        ({"inputs": [image(["Y2F0"], shape=[2])]}, "does not fit its shape"),
        ({"inputs": [image(["Y2F0"], shape=[-1])]}, "not a list of numbers"),
        ({"inputs": [image(["Y2F0"], shape="1")]}, "not a list of numbers"),
        ({"inputs": [image(["Y2F0"], shape=[1] * 1000)]}, "does not fit its shape"),
        ({"inputs": [image([["Y2F0"] * 20] * 20)]}, "more photos than the limit"),
    ],
)
def test_bad_json_is_told_what_is_wrong(server: Server, request_: object, sentence: str) -> None:
    response = server.post(PATH, json=request_)
    assert response.status_code == 400
    assert sentence in response.json()["error"]


def test_bad_binary_is_told_what_is_wrong(server: Server, photo: Photo) -> None:
    tensor = pack(photo.data)
    for response, sentence in [
        (post_binary(server, tensor[:-1], [1]), "cut short"),
        (post_binary(server, tensor, [1], size=len(tensor) + 1), "no data"),
        (post_binary(server, tensor, [2]), "does not fit its shape"),
        (post_binary(server, pack(*[b"x"] * 1000), [1000]), "more photos than the limit"),
        (post_binary(server, b"", [0]), "send at least one photo"),
        (server.post(PATH, data=b"{}", headers={"Inference-Header-Content-Length": "3"}), "not the length"),
        (server.post(PATH, data=b"{}", headers={"Inference-Header-Content-Length": "-1"}), "not the length"),
        (server.post(PATH, data=b"{", headers={"Inference-Header-Content-Length": "1"}), "not JSON"),
    ]:
        assert response.status_code == 400
        assert sentence in response.json()["error"]


def test_metadata(server: Server) -> None:
    assert server.get("/v2").json()["name"] == "predictor"
    assert server.get("/v2/models").json() == {"models": [NAME]}
    metadata = server.get(f"/v2/models/{NAME}").json()
    assert metadata["name"] == NAME
    assert metadata["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
    assert [output["name"] for output in metadata["outputs"]] == ["label", "probabilities", "unsure"]
    assert server.get("/v2/health/live").json() == {"live": True}
