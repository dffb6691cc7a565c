"""The prober against a real HTTP server: what it asks, and what it makes of the answers."""

import json
import shutil
import time
from pathlib import Path

import pytest
from sklearn.metrics import precision_recall_fscore_support

from hack.live.prober_photos import LABELS
from prober.asking import Prober
from prober.figures import measure
from prober.metrics import Metrics
from tests.smoke.client import Client
from tests.smoke.expected import Expected
from tests.unit.prober.photos import PROJECT, bring, samples
from tests.unit.smoke.stand_in import StandIn


@pytest.fixture
def prober(server: StandIn, tmp_path: Path) -> Prober:
    client = Client(server.url, busy_seconds=0.1)
    return Prober(client, PROJECT / "manifests/base", tmp_path / "photos", Metrics(), period=0.01)


def test_golden_photos_where_there_are_no_labelled_ones(
    prober: Prober, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    prober.run_round()
    prober.run_round()
    said = samples(prober.metrics)
    assert capsys.readouterr().out == "there are no labelled photos: the figures are those of the golden ones\n"
    assert said["predictor_prober_photos{kind=golden}"] == len(expected.goldens)
    assert said["predictor_prober_photos{kind=labelled}"] == 0
    assert said["predictor_prober_accuracy"] == said["predictor_prober_f1"] == 1
    assert said["predictor_prober_changed_answers"] == said["predictor_prober_failures_total"] == 0
    assert said[f"predictor_prober_info{{model_version={expected.model_version},revision={'1' * 40}}}"] == 1
    assert said["predictor_prober_latency_seconds_count"] == 2 * len(expected.goldens)
    assert said["predictor_prober_latency_seconds_bucket{le=+Inf}"] == 2 * len(expected.goldens)
    assert time.time() - said["predictor_prober_last_round_timestamp_seconds"] < 60


def test_figures_of_labelled_photos(prober: Prober, server: StandIn, expected: Expected) -> None:
    bring(prober.labelled, server, 10, wrong=3)
    prober.run_round()
    said = samples(prober.metrics)
    pairs = [("cat", "dog")] * 3 + [("cat", "cat")] * 7 + [("dog", "dog")] * 10
    figures = precision_recall_fscore_support(*zip(*pairs, strict=True), average="macro")[:3]
    assert [said[f"predictor_prober_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx(figures)
    assert said["predictor_prober_accuracy"] == 0.85
    assert said["predictor_prober_photos{kind=labelled}"] == 20
    assert said["predictor_prober_confusion{label=cat,predicted=dog}"] == 3
    assert said["predictor_prober_confusion{label=dog,predicted=cat}"] == 0
    assert said["predictor_prober_changed_answers"] == 0


def test_answers_that_change(prober: Prober, server: StandIn, expected: Expected) -> None:
    bring(prober.labelled, server, 2)
    prober.run_round()
    for photo in (expected.goldens[0].photo, b"cat 0 ....", b"dog 1 ...."):
        server.answers[photo] = {"cat": 1 - server.answers[photo]["cat"], "dog": 1 - server.answers[photo]["dog"]}
    prober.run_round()
    assert samples(prober.metrics)["predictor_prober_changed_answers"] == 3
    server.model_version = "another"  # whose answers are its own, and golden ones are not known yet
    prober.run_round()
    said = samples(prober.metrics)
    assert said["predictor_prober_changed_answers"] == said["predictor_prober_photos{kind=golden}"] == 0
    assert said["predictor_prober_accuracy"] == 0.5
    for number in range(9):
        server.model_version = str(number)
        prober.run_round()
    assert len(prober.first_answers) <= 4


def test_a_release_changes_what_is_expected(prober: Prober, server: StandIn, tmp_path: Path) -> None:
    prober.golden = tmp_path / "golden"
    prober.golden.mkdir()
    shutil.copy(PROJECT / "manifests/base/expected.json", prober.golden)
    prober.run_round()
    expected = json.loads((prober.golden / "expected.json").read_text()) | {"model_version": "new"}
    (prober.golden / "expected.json").write_text(json.dumps(expected))
    prober.run_round()
    assert "predictor_prober_accuracy" not in samples(prober.metrics)
    server.model_version = "new"
    prober.run_round()
    assert samples(prober.metrics)["predictor_prober_accuracy"] == 1


def test_failures_are_counted_and_a_server_that_is_gone_is_soon_left(
    prober: Prober, server: StandIn, expected: Expected, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fails_each = 3
    prober.run_round()
    assert samples(prober.metrics)["predictor_prober_failures_total"] == len(expected.goldens) // 3
    before = samples(prober.metrics)
    server.fails_each, server.predicts = 0, 500
    prober.run_round()
    said = samples(prober.metrics)
    assert said["predictor_prober_failures_total"] - before["predictor_prober_failures_total"] == 3
    for name in ("accuracy", "last_round_timestamp_seconds"):
        assert said[f"predictor_prober_{name}"] == before[f"predictor_prober_{name}"]
    assert "no answer: golden 0: a prediction answers 500" in capsys.readouterr().out
    server.predicts, server.body = 200, b'{"predictions": [{"label": "cat"}]}'
    prober.run_round()
    assert "the answer has another form: KeyError 'probabilities'" in capsys.readouterr().out


def test_photos_that_are_incomplete(prober: Prober, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    bring(prober.labelled, server, 1)
    labels = prober.labelled / LABELS
    for content, words in {
        '{"0": "cat"}': "a labelled photo is missing: ",
        "[]": "labels.json of the labelled photos cannot be read",
        "words": "labels.json of the labelled photos cannot be read",
    }.items():
        labels.write_text(content)
        prober.run_round()
        assert f"no answer: {words}" in capsys.readouterr().out
    (prober.labelled / "0").write_bytes(b"cat 0 ....")
    (prober.labelled / "1").write_bytes(b"cat 0 ....")
    labels.write_text('{"0": "cat", "1": "fox"}')
    prober.run_round()
    assert "1 labelled photos are of no class of the model: left out" in capsys.readouterr().out
    assert samples(prober.metrics)["predictor_prober_photos{kind=labelled}"] == 1


def test_names_of_many_classes(expected: Expected) -> None:
    metrics, classes = Metrics(), [f'"{number}\\' for number in range(1000)]
    pairs = [(classes[0], classes[1]), (classes[0], classes[0])]
    metrics.report(("r", "m"), {"labelled": 2, "golden": 0}, 0, measure(pairs), classes)
    said = samples(metrics)
    assert len([name for name in said if "confusion" in name]) == 2
    assert said['predictor_prober_confusion{label="0\\,predicted="1\\}'] == 1
