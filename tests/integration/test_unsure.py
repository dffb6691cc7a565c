"""Unsure is an answer: marked by the threshold in the model file, in each protocol, and never without a threshold."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import torch
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
from PIL import Image

from model.contract.exported import ExportedModel
from model.contract.metadata import Metadata, read_extras, read_metadata
from model.contract.preprocess import preprocess
from model.evaluate.answers import ANSWERS, Answers
from model.evaluate.unsure import measure_unsure
from model.export.model_file import write_model_file
from model.fetch.sample import draw
from model.settings import NAME
from tests.integration.conftest import Photo
from tests.integration.server_process import MODEL, ServerProcess, eventually
from tests.integration.test_grpc import request
from tests.integration.test_metrics import done, scrape, value
from tests.integration.test_v2 import PATH, TOLERANCE, image, outputs, pack, post_binary

UNSURE = "predictor_unsure_predictions_total"


def write_file(path: Path, metadata: Metadata) -> Path:
    """The network of model.pt with other metadata."""
    script = torch.jit.load(str(MODEL))  # type: ignore[no-untyped-call]  # torch has no types for it
    (answers,) = read_extras(MODEL, [ANSWERS])
    write_model_file(path, script, metadata, Answers.from_bytes(answers))
    return path


@pytest.fixture(scope="module")
def mixed(exported: ExportedModel) -> list[Photo]:
    """Cats, dogs, and what is between them: the model is sure of some."""
    found = []
    for share in (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0):
        file = io.BytesIO()
        blend = Image.blend(draw("cat", 1).resize((200, 150)), draw("dog", 2).resize((200, 150)), share)
        blend.save(file, "PNG")
        pixels = preprocess(file.getvalue(), exported.size)
        found.append(Photo(file.getvalue(), blend.size, exported.predict(pixels[None])[0]))
    return found


@pytest.fixture(scope="module")
def below(mixed: list[Photo]) -> float:
    """A threshold with photos on both sides, and none so close that rounding would move it to the other side."""
    confidences = np.sort([photo.expected.max() for photo in mixed])
    widest = int(np.diff(confidences).argmax())
    assert confidences[widest + 1] - confidences[widest] > 4 * TOLERANCE
    return float(confidences[widest : widest + 2].mean())


@pytest.fixture(scope="module")
def expected(mixed: list[Photo], below: float) -> list[bool]:
    marks = [bool(photo.expected.max() < below) for photo in mixed]
    assert set(marks) == {True, False}
    return marks


@pytest.fixture(scope="module")
def marking(mixed: list[Photo], below: float, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose model file has the threshold."""
    folder = tmp_path_factory.mktemp("marking")
    probabilities = np.stack([photo.expected for photo in mixed])
    unsure = measure_unsure(probabilities.argmax(1), probabilities, below)
    model = write_file(folder / "model.pt", {**read_metadata(MODEL), "unsure": unsure})
    with ServerProcess(folder / "server", model=model) as server:
        yield server


@pytest.fixture(scope="module")
def stub(marking: ServerProcess) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{marking.grpc_port}") as channel:
        yield GRPCInferenceServiceStub(channel)


def test_v1_marks_what_is_below_the_threshold(marking: ServerProcess, mixed: list[Photo], expected: list[bool]) -> None:
    predictions = marking.predict(*(photo.instance for photo in mixed)).json()["predictions"]
    assert [prediction["unsure"] for prediction in predictions] == expected
    for prediction, photo in zip(predictions, mixed, strict=True):  # it answers all the same
        assert prediction["label"] == photo.label
        assert prediction["confidence"] == pytest.approx(photo.expected.max(), abs=TOLERANCE)


def test_v1_marks_the_likeliest_class_whatever_top_k(
    marking: ServerProcess, mixed: list[Photo], expected: list[bool]
) -> None:
    body = {"instances": [photo.instance for photo in mixed], "parameters": {"top_k": 1}}
    predictions = marking.post(f"/v1/models/{NAME}:predict", json=body).json()["predictions"]
    assert [prediction["unsure"] for prediction in predictions] == expected


def test_v2_gives_it_to_who_asks(marking: ServerProcess, mixed: list[Photo], expected: list[bool]) -> None:
    inputs = [image([photo.b64 for photo in mixed])]
    assert list(outputs(marking.post(PATH, json={"inputs": inputs}))) == ["label", "probabilities"]
    asked = {"inputs": inputs, "outputs": [{"name": "unsure"}, {"name": "label"}]}
    named = outputs(marking.post(PATH, json=asked))
    assert list(named) == ["unsure", "label"]
    assert (named["unsure"]["datatype"], named["unsure"]["shape"]) == ("BOOL", [len(mixed)])
    assert named["unsure"]["data"] == expected


def test_v2_gives_it_as_bytes(marking: ServerProcess, mixed: list[Photo], expected: list[bool]) -> None:
    wanted = [{"name": "unsure", "parameters": {"binary_data": True}}]
    response = post_binary(marking, pack(*(photo.data for photo in mixed)), [len(mixed)], outputs=wanted)
    length = int(response.headers["inference-header-content-length"])
    (described,) = json.loads(response.content[:length])["outputs"]
    assert described["parameters"]["binary_data_size"] == len(mixed)
    assert list(response.content[length:]) == expected


def test_grpc_gives_it_to_who_asks(stub: Any, mixed: list[Photo], expected: list[bool]) -> None:
    photos = [photo.data for photo in mixed]
    assert [output.name for output in stub.ModelInfer(request(photos)).outputs] == ["label", "probabilities"]
    label, unsure = stub.ModelInfer(request(photos, outputs=[{"name": "label"}, {"name": "unsure"}])).outputs
    assert (label.name, unsure.name) == ("label", "unsure")
    assert (unsure.datatype, list(unsure.shape)) == ("BOOL", [len(mixed)])
    assert list(unsure.contents.bool_contents) == expected


def test_the_metric_counts_photos_whoever_asks(
    marking: ServerProcess, stub: Any, mixed: list[Photo], expected: list[bool]
) -> None:
    before = value(scrape(marking), UNSURE, client="traffic")
    marking.predict(*(photo.instance for photo in mixed))
    marking.post(PATH, json={"inputs": [image([mixed[expected.index(True)].b64])]})
    stub.ModelInfer(request([mixed[expected.index(False)].data]))
    marking.predict("not a photo")
    after = eventually(lambda: done(scrape(marking)), what="all requests counted")
    assert value(after, UNSURE, client="traffic") - before == sum(expected) + 1


def test_a_file_without_a_threshold_marks_nothing(mixed: list[Photo], folder: Path) -> None:
    metadata = read_metadata(MODEL)
    metadata.pop("unsure", None)
    old = write_file(folder / "model.pt", metadata)
    with ServerProcess(folder / "server", model=old) as server:
        assert value(scrape(server), UNSURE, client="traffic") == 0
        predictions = server.predict(*(photo.instance for photo in mixed)).json()["predictions"]
        assert [prediction["unsure"] for prediction in predictions] == [False] * len(mixed)
        asked = {"inputs": [image([photo.b64 for photo in mixed])], "outputs": [{"name": "unsure"}]}
        assert outputs(server.post(PATH, json=asked))["unsure"]["data"] == [False] * len(mixed)
        after = eventually(lambda: done(scrape(server)), what="all requests counted")
        assert value(after, UNSURE, client="traffic") == 0
