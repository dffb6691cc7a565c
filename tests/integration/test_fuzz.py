"""Requests that hypothesis generates. FUZZ_EXAMPLES=20000 tries more of them."""

import base64
import gzip
import json
import os
from collections.abc import Iterator

import hypothesis.strategies as st
import orjson
import pytest
import requests
from hypothesis import HealthCheck, given, settings

from tests.integration.hostile import GOOD_JPEG, GOOD_TEXT
from tests.integration.raw import INFER, PREDICT
from tests.integration.server_process import Server
from tests.unit.photos import encoded, landscape

fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "300")),
    deadline=None,
    database=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SMALL = [encoded(landscape(40, 30), kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")]
SMALL += [encoded(landscape(40, 30), progressive=True), encoded(landscape(40, 30).convert("CMYK"))]

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.just(GOOD_TEXT)
words = st.sampled_from(
    ["instances", "image", "b64", "inputs", "name", "shape", "datatype", "data", "parameters", "id"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner, max_size=4),
    max_leaves=20,
)
instances = st.fixed_dictionaries(
    {"instances": st.lists(values | st.fixed_dictionaries({"image": values}), max_size=4)}
)
tensors = st.fixed_dictionaries(
    {},
    optional={
        "name": values,
        "shape": st.lists(st.integers(-2, 3), max_size=3) | values,
        "datatype": st.just("BYTES") | values,
        "data": st.lists(st.just(GOOD_TEXT) | values, max_size=3) | values,
        "parameters": st.dictionaries(st.sampled_from(["binary_data_size", "binary_data"]), scalars) | values,
    },
)
inferences = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=2)}, optional={"id": values, "outputs": values, "parameters": values}
)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def check(response: requests.Response) -> None:
    assert response.status_code in (200, 400), response.text
    if response.status_code == 400:
        assert list(response.json()) == ["error"]
        assert len(response.json()["error"]) < 300


def post(server: Server, session: requests.Session, path: str, body: bytes, **headers: str) -> requests.Response:
    return session.post(server.url + path, data=body, headers=headers, timeout=30)


@fuzz
@given(content=values | instances)
def test_v1_json(server: Server, session: requests.Session, content: object) -> None:
    check(post(server, session, PREDICT, json.dumps(content).encode()))


@fuzz
@given(content=values | inferences)
def test_v2_json(server: Server, session: requests.Session, content: object) -> None:
    check(post(server, session, INFER, json.dumps(content).encode()))


@fuzz
@given(content=inferences, tensor=st.binary(), length=st.integers(-5, 500) | st.none())
def test_v2_binary(
    server: Server, session: requests.Session, content: object, tensor: bytes, length: int | None
) -> None:
    text = json.dumps(content).encode()
    given_length = str(len(text) if length is None else length)
    check(post(server, session, INFER, text + tensor, **{"Inference-Header-Content-Length": given_length}))


@fuzz
@given(body=st.binary(max_size=2000), cut=st.integers(0, 400))
def test_bytes_for_json(server: Server, session: requests.Session, body: bytes, cut: int) -> None:
    good = json.dumps({"instances": [{"image": {"b64": GOOD_TEXT}}]}).encode()
    check(post(server, session, PREDICT, good[:cut] + body + good[cut + len(body) :]))


@pytest.mark.image
@fuzz
@given(
    original=st.sampled_from([GOOD_JPEG, *SMALL]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
    kept=st.floats(0.05, 1) | st.just(1.0),
)
def test_damaged_photos(
    server: Server, session: requests.Session, original: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    data = bytearray(original)
    for place, new in changes:
        start = int(place * (len(data) - 1))
        data[start : start + len(new)] = new
    photo = base64.b64encode(data[: int(kept * len(data))]).decode()
    response = post(server, session, PREDICT, orjson.dumps({"instances": [photo]}))
    check(response)
    if not changes and kept == 1:
        assert response.status_code == 200


@fuzz
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), max_size=4), kept=st.floats(0.05, 1))
@pytest.mark.parametrize("is_form", [True, False], ids=["form", "gzip"])
def test_damaged_forms_and_compressed_bodies(
    server: Server, session: requests.Session, is_form: bool, changes: list[tuple[float, bytes]], kept: float
) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + GOOD_JPEG + b"\r\n--x--\r\n"
    if not is_form:
        body = gzip.compress(orjson.dumps({"instances": [GOOD_TEXT]}), mtime=0)
    data = bytearray(body)
    for place, new in changes:
        start = int(place * (len(data) - 1))
        data[start : start + len(new)] = new
    name, value = ("Content-Type", "multipart/form-data; boundary=x") if is_form else ("Content-Encoding", "gzip")
    check(post(server, session, PREDICT, bytes(data[: int(kept * len(data))]), **{name: value}))
