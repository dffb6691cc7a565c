"""Photos as they are on V1's path, and compressed bodies: answered, logged and counted as JSON is."""

import gzip
import io
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import requests
from PIL import Image

from model.settings import NAME
from predictor.http.app import SMALL_BYTES
from tests.integration.conftest import Photo
from tests.integration.server_process import Server, ServerProcess
from tests.integration.test_v1 import TOLERANCE, probabilities
from tests.unit.layered_avif import layered_avif
from tests.unit.photos import encoded

PATH = f"/v1/models/{NAME}:predict"
BOMB = gzip.compress(b"0" * 2**25, mtime=0)
COMPRESSION_TOLERANCE = 0.1  # the compression of HEIC and AVIF changes the pixels
FORM_WITH_NOTHING = {"file": ("a.jpg", b"")}


@pytest.mark.image
@pytest.mark.parametrize("content_type", ["image/jpeg", "application/octet-stream", "image/heic"])
def test_a_photo_as_the_body(server: Server, photo: Photo, content_type: str) -> None:
    response = server.post(PATH, data=photo.data, headers={"content-type": content_type})
    np.testing.assert_allclose(probabilities(response)[0], photo.expected, atol=TOLERANCE)


@pytest.mark.image
def test_files_of_a_form(server: Server, photos: list[Photo]) -> None:
    files = [("file", (f"{index}.jpg", photo.data)) for index, photo in enumerate(photos)]
    response = server.post(PATH, files=files)
    np.testing.assert_allclose(probabilities(response), [photo.expected for photo in photos], atol=TOLERANCE)
    (best,) = server.post(PATH, files=files[:1], data={"top_k": 1}).json()["predictions"]
    assert len(best["probabilities"]) == 1


@pytest.mark.image
@pytest.mark.parametrize("path", [PATH, f"/v2/models/{NAME}/infer"])
def test_a_compressed_body(server: Server, photo: Photo, path: str) -> None:
    v1 = {"instances": [photo.instance]}
    v2 = {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [photo.b64]}]}
    text = json.dumps(v1 if path == PATH else v2).encode()
    plain = server.post(path, data=text).json()
    packed = server.post(path, data=gzip.compress(text, mtime=0), headers={"content-encoding": "gzip"}).json()
    for answer in (plain, packed):
        answer.pop("id", None)
        answer.pop("inference_ms", None)
    assert packed == plain


@pytest.mark.image
def test_the_answer_says_how_long_it_took(server: Server, photo: Photo) -> None:
    response = server.post(PATH, data=photo.data, headers={"content-type": "image/jpeg"})
    found = re.fullmatch(r"queue;dur=([\d.]+), inference;dur=([\d.]+)", response.headers["server-timing"])
    assert found
    assert 0 < response.json()["inference_ms"] == float(found[2]) < response.elapsed.total_seconds() * 1000
    assert float(found[1]) < response.elapsed.total_seconds() * 1000


@pytest.mark.image
@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"data": b"", "headers": {"content-type": "image/jpeg"}}, 400, "instance 0: the image is empty"),
        ({"data": b"words", "headers": {"content-type": "image/jpeg"}}, 400, "instance 0: the bytes are not a"),
        ({"files": FORM_WITH_NOTHING}, 400, "instance 0: the image is empty"),
        ({"data": b"words", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "the body is not"),
        ({"data": b"words", "headers": {"content-encoding": "gzip"}}, 400, "the body is not gzip"),
        ({"data": b"words", "headers": {"content-encoding": "br"}}, 415, "the body's content-encoding is not gzip"),
        ({"data": BOMB, "headers": {"content-encoding": "gzip"}}, 413, "the body has more than"),
    ],
)
def test_refusals(server: Server, sent: dict[str, object], status: int, sentence: str) -> None:
    response = server.post(PATH, **sent)
    assert response.status_code == status
    assert response.json()["error"].startswith(sentence)


def test_log_and_metrics_count_them_as_all_others(server: ServerProcess, photos: list[Photo]) -> None:
    files = [("file", ("a.jpg", photo.data)) for photo in photos]
    response = server.post(PATH, files=files, headers={"x-request-id": "a-form"})
    line = server.logged("a-form")
    assert line["route"] == "predict"
    assert line["labels"] == [prediction["label"] for prediction in response.json()["predictions"]]


def test_heic_gets_the_label_of_its_jpeg(server: Server, photos: list[Photo]) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed: hack/install")
    pytest.importorskip("pi_heif", reason="pi-heif is not installed: hack/install")
    for photo in photos:
        file = io.BytesIO()
        pillow_heif.from_pillow(Image.open(io.BytesIO(photo.data)).convert("RGB")).save(file, quality=90)
        response = server.post(PATH, data=file.getvalue(), headers={"content-type": "image/heic"})
        np.testing.assert_allclose(probabilities(response)[0], photo.expected, atol=COMPRESSION_TOLERANCE)
        assert response.json()["predictions"][0]["label"] == photo.label


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_slow_photo_of_a_lone_client_holds_up_nobody(server: Server, coding: str) -> None:
    """Small requests of a client that is alone run on the event loop, but not those that take long."""
    slow = layered_avif(2000, 1500, 60)
    slow = gzip.compress(slow) if coding == "gzip" else slow
    assert len(slow) < SMALL_BYTES
    headers = {"content-type": "image/avif"}
    with requests.Session() as alone, ThreadPoolExecutor(1) as pool:
        small = encoded(Image.new("RGB", (8, 8)), "AVIF")
        assert alone.post(server.url + PATH, small, headers=headers, timeout=30).status_code == 200
        headers["content-encoding"] = coding
        answer = pool.submit(alone.post, server.url + PATH, slow, headers=headers, timeout=60)
        time.sleep(0.5)
        begin = time.monotonic()
        assert server.get(f"/v1/models/{NAME}").status_code == 200
        assert time.monotonic() - begin < 1
        assert not answer.done()
        assert answer.result().json() == {"error": "instance 0: the image is damaged or cut short"}


@pytest.mark.image
def test_avif_gets_the_label_of_its_jpeg(server: Server, photos: list[Photo]) -> None:
    for photo in photos:
        file = io.BytesIO()
        Image.open(io.BytesIO(photo.data)).convert("RGB").save(file, "AVIF", quality=90)
        response = server.post(PATH, data=file.getvalue(), headers={"content-type": "image/avif"})
        np.testing.assert_allclose(probabilities(response)[0], photo.expected, atol=COMPRESSION_TOLERANCE)
        assert response.json()["predictions"][0]["label"] == photo.label
