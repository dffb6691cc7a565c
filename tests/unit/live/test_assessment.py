"""What hack/assess makes of a server's answers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hack.live.asking import AGENT, Refused, Server
from hack.live.assessment import assess
from hack.live.history import append, compare, read_history
from model.contract.errors import Mistake
from tests.unit.live.model_server import CAT, PhotoModel, serve

UNSURE_DOG = {"label": "dog", "confidence": 0.5, "unsure": True, "probabilities": {"cat": 0.5, "dog": 0.5}}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two of each class; the server decides whether they are photos."""
    for name in ("cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_text(name)
    return tmp_path / "photos"


def one(prediction: Any) -> tuple[int, Any]:
    return 200, {"predictions": [prediction]}


def test_figures_of_known_answers(photos: Path) -> None:
    said = [CAT, UNSURE_DOG, CAT, UNSURE_DOG]
    with serve(PhotoModel(lambda number: one(said[number]))) as server:
        assessment = assess(Server(server.url), photos)
    figures = assessment.figures(server.url, photos)
    assert set(server.agents) == {AGENT} == {"predictor-assess"}
    assert figures["metrics"]["accuracy"] == 0.5
    assert figures["unsure"] == 0.5
    assert figures["classes"]["cat"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "photos": 2}
    assert figures["notes"] == [
        "50.0% of the answers are marked as unsure; of the others 50.00% are right (95 % interval 9.45% to 90.55%)"
    ]
    assert figures["accuracy_interval"] == pytest.approx([0.1500, 0.8500], abs=1e-4)
    assert (figures["revision"], figures["photos"]) == ("1" * 40, 4)
    assert json.loads(json.dumps(figures)) == figures


def test_the_label_counts_where_rounded_probabilities_are_equal(photos: Path) -> None:
    with serve(PhotoModel(lambda number: one(UNSURE_DOG))) as server:
        assessment = assess(Server(server.url), photos)
    assert np.array_equal(assessment.predictions.outputs.argmax(1), [1, 1, 1, 1])
    assert assessment.notes == ["100.0% of the answers are marked as unsure"]


def test_refused_photos_do_not_count(photos: Path) -> None:
    with serve(PhotoModel(lambda number: (400, {"error": "not a photo"}) if number == 1 else one(CAT))) as server:
        assessment = assess(Server(server.url), photos)
        assert (assessment.refused, len(assessment.replies)) == (["cat/2.jpg"], 3)
        assert "the server refuses 1 files, such as cat/2.jpg: they do not count" in assessment.notes
        server.answer = lambda number: (413, b"words")
        with pytest.raises(Refused, match="no reason is given"):
            Server(server.url).ask(b"photo")


def test_a_full_server_is_asked_again_and_the_wait_is_no_latency(photos: Path) -> None:
    with serve(PhotoModel(lambda number: one(CAT) if number else (503, {"error": "full"}))) as server:
        assert Server(server.url).ask(b"photo").seconds < 0.9
        assert server.predictions == 2


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (PhotoModel(lambda number: (500, {"error": "out of order"})), "answers 500: out of order"),
        (PhotoModel(lambda number: (503, {"error": "leaves"}), retry_after=False), "answers 503: leaves"),
        (PhotoModel(lambda number: (200, {"predictions": []})), "answers in another form than this project's"),
        (PhotoModel(lambda number: (200, b"words")), "answers in another form than this project's"),
        (PhotoModel(lambda number: one(CAT | {"label": "dog"})), "answers in another form than this project's"),
        (PhotoModel(lambda number: one(CAT | {"probabilities": {"cat": 1}})), "with other classes than it says it has"),
        (
            PhotoModel(revision=lambda number: str(number // 2) * 40),
            "a rollout went on: revision 000000000000 .*: ask again",
        ),
        (PhotoModel(lambda number: (400, {}) if number > 1 else one(CAT)), "can read no photo of the class dog"),
        (PhotoModel(status=(503, {})), "is not ready: it answers 503"),
        (PhotoModel(status=(200, ["words"])), "answers in another form than this project's"),
        (PhotoModel(status=(200, {"classes": ["cat", "fox"]})), "has a class dog, which the server's model does not"),
    ],
)
def test_what_a_server_may_not_do(photos: Path, server: PhotoModel, words: str) -> None:
    with serve(server), pytest.raises(Mistake, match=words):
        assess(Server(server.url), photos)


def test_a_history_is_read_compared_and_added_to(tmp_path: Path) -> None:
    path = tmp_path / "new/history.jsonl"
    figures = {
        "time": "now", "model_version": "a1", "photos_sha256": "0", "metrics": {"accuracy": 0.5}, "classes": {},
    }  # fmt: skip
    assert read_history(path) == []
    append(path, figures)
    append(path, figures | {"photos_sha256": "1"})
    assert "classes" not in path.read_text()
    history = read_history(path)
    assert compare(history, figures) == "accuracy on the same photos before: 0.5000, of model a1 (now)"
    assert compare(history, figures | {"photos_sha256": "2"}) is None


def test_a_file_that_is_no_history_gets_no_line(tmp_path: Path) -> None:
    for content, words in ((b"{}\n", "line 1 of .* is not of hack/assess"), (b"\xff", "it is not text")):
        (tmp_path / "words").write_bytes(content)
        with pytest.raises(Mistake, match=words):
            read_history(tmp_path / "words")
    with pytest.raises(Mistake, match="cannot be read: Is a directory"):
        read_history(tmp_path)
    with pytest.raises(Mistake, match="cannot be written: "):
        append(tmp_path, {})
