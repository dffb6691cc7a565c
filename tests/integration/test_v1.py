"""KServe's V1 protocol."""

import base64

import numpy as np
import pytest
import requests

from model.settings import NAME
from tests.integration.conftest import CLASSES, Photo
from tests.integration.server_process import Server

pytestmark = pytest.mark.image

TOLERANCE = 1e-4
TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "text/plain",
    "application/x-www-form-urlencoded",
    "nonsense",
    None,
]


def probabilities(response: requests.Response) -> np.ndarray:
    assert response.status_code == 200, response.text
    return np.array([[p["probabilities"][name] for name in CLASSES] for p in response.json()["predictions"]])


def test_photo_gets_the_models_answer(server: Server, photos: list[Photo]) -> None:
    for photo in photos:
        (prediction,) = server.predict(photo.instance).json()["predictions"]
        assert prediction["probabilities"] == {
            name: pytest.approx(probability, abs=TOLERANCE)
            for name, probability in zip(CLASSES, photo.expected, strict=True)
        }
        assert prediction["label"] == photo.label
        assert prediction["confidence"] == pytest.approx(photo.expected.max(), abs=TOLERANCE)


def test_forms_of_an_instance(server: Server, photo: Photo) -> None:
    forms = [
        {"image": {"b64": photo.b64}},
        {"b64": photo.b64},
        {"image": photo.b64},
        photo.b64,
        {"b64": photo.b64, "x": 1},
    ]
    for form in forms:
        np.testing.assert_allclose(probabilities(server.predict(form))[0], photo.expected, atol=TOLERANCE)


def test_many_instances_are_answered_in_their_order(server: Server, photos: list[Photo]) -> None:
    several = [*photos, *reversed(photos), *photos]  # more than one batch
    answer = probabilities(server.predict(*(photo.instance for photo in several)))
    np.testing.assert_allclose(answer, [photo.expected for photo in several], atol=TOLERANCE)


def test_top_k(server: Server, photos: list[Photo]) -> None:
    instances = [photo.instance for photo in photos]
    body = {"instances": instances, "parameters": {"top_k": 1}}
    response = server.post(f"/v1/models/{NAME}:predict", json=body)
    for prediction, photo in zip(response.json()["predictions"], photos, strict=True):
        assert prediction["probabilities"] == {photo.label: pytest.approx(photo.expected.max(), abs=TOLERANCE)}
    bad = server.post(f"/v1/models/{NAME}:predict", json=body | {"parameters": {"top_k": 0}})
    assert (bad.status_code, bad.json()) == (400, {"error": "top_k is not a whole number from 1 to 1,000,000"})


def test_the_model_says_its_classes(server: Server) -> None:
    assert server.get(f"/v1/models/{NAME}").json()["classes"] == CLASSES


@pytest.mark.parametrize("content_type", TYPES)
def test_content_type_is_ignored(server: Server, photo: Photo, content_type: str | None) -> None:
    body = b'{"instances": ["' + base64.b64encode(photo.data) + b'"]}'
    request = requests.Request("POST", f"{server.url}/v1/models/{NAME}:predict", data=body).prepare()
    request.headers.pop("Content-Type", None)
    if content_type is not None:
        request.headers["Content-Type"] = content_type
    with requests.Session() as session:
        response = session.send(request, timeout=30)
    np.testing.assert_allclose(probabilities(response)[0], photo.expected, atol=TOLERANCE)


def test_chunked_body(server: Server, photo: Photo) -> None:
    body = b'{"instances": ["' + base64.b64encode(photo.data) + b'"]}'
    response = server.post(f"/v1/models/{NAME}:predict", data=(body[i : i + 1000] for i in range(0, len(body), 1000)))
    np.testing.assert_allclose(probabilities(response)[0], photo.expected, atol=TOLERANCE)


def test_response_says_who_answered(server: Server, photo: Photo) -> None:
    response = server.predict(photo.instance)
    version = server.get(f"/v1/models/{NAME}").json()["model_version"]
    assert len(version) == 12
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-model-revision"] == response.json()["revision"] == server.revision
    assert response.headers["x-model-version"] == response.json()["model_version"] == version


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{}", "the body must be"),
        (b'{"instances": {}}', "the body must be"),
        (b'{"instances": []}', "send at least one photo"),
        (b'{"instances": [1]}', "instance 0 is not"),
        (b'{"instances": [{"image": {"b64": ""}}]}', "instance 0: the image is empty"),
        (b'{"instances": [{"b64": "Y2F0"}, {"b64": "%"}]}', "instance 1 is not base64"),
        (b'{"instances": [{"b64": "Y2F0"}]}', "instance 0: the bytes are not a JPEG"),
    ],
)
def test_bad_request_is_told_what_is_wrong(server: Server, body: bytes, sentence: str) -> None:
    response = server.post(f"/v1/models/{NAME}:predict", data=body)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert sentence in response.json()["error"]
