"""hack/assess asks a real server, and agrees with model.evaluate about every photo."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hack.live import assess
from hack.live.tracked import ASSESSMENTS
from model.command import run
from model.contract.metadata import file_sha256, model_version
from model.fetch.sample import write_sample
from model.settings import NAME
from model.tracking import connect
from tests.integration.server_process import MODEL, Server

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's and SQLAlchemy's own
Call = Callable[..., str]  # the fixture `call`


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn photos of three formats, two of them twice, and two that are cut short. Some are in the wrong folder."""
    folder = tmp_path_factory.mktemp("labelled") / "photos"
    write_sample(folder, 24)
    for name in ("00004", "00006"):
        (path,) = (folder / "cat").glob(f"{name}.*")
        path.rename(folder / "dog" / path.name)
    return folder


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs the command, with its files in the folder of the test; gives what it says when it fails, or nothing."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    def call(url: str, folder: Path, *more: str) -> str:
        places = ["--out", str(tmp_path / "report"), "--history", str(tmp_path / "history.jsonl")]
        monkeypatch.setattr(sys, "argv", ["assess", url, str(folder), *places, *more])
        try:
            run(assess.main)
        except SystemExit as stop:
            return str(stop.code)
        return ""

    return call


def labels_of(report: Path) -> dict[str, str]:
    with (report / "predictions.csv").open(encoding="utf-8", newline="") as table:
        return {row["file"]: row["predicted"] for row in csv.DictReader(table)}


def test_it_agrees_with_an_evaluation_to_the_photo(
    server: Server, labelled: Path, tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(server.url, labelled, "--no-mlflow") == ""
    said = capsys.readouterr().out
    words = ("file", str(MODEL), str(labelled), "--out", str(tmp_path / "evaluation"))
    subprocess.run((sys.executable, "-m", "model.evaluate", *words), check=True, stdout=subprocess.DEVNULL)
    metrics = json.loads((tmp_path / "evaluation/metrics.json").read_text())
    figures = json.loads((tmp_path / "report/assessment.json").read_text())

    assert labels_of(tmp_path / "report") == labels_of(tmp_path / "evaluation")
    assert len(labels_of(tmp_path / "report")) == figures["photos"] == 26
    assert figures["refused"] == 2
    assert figures["metrics"] == pytest.approx(metrics, abs=1e-4)
    for name in ("accuracy", "precision", "recall", "f1"):
        assert figures["metrics"][name] == metrics[name]
        assert f"{metrics[name]:.4f}" in said
    assert figures["model_version"] == model_version(MODEL)
    assert 0 < figures["latency_ms"]["p50"] <= figures["latency_ms"]["p95"] <= figures["latency_ms"]["p99"]
    assert "the server refuses 2 files, such as cat/cut-short-" in said
    table = (tmp_path / "evaluation/report.txt").read_text().partition("\n\n\n")[0]
    assert (tmp_path / "report/report.txt").read_text().startswith(table.partition("weighted")[0])


def test_a_history_and_a_run_that_is_linked_to_the_version(
    server: Server, labelled: Path, tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(server.url, labelled) == ""
    assert f"no version of {NAME} has the file {model_version(MODEL)}" in capsys.readouterr().out
    mlflow = connect()
    client = mlflow.MlflowClient()
    client.create_registered_model(NAME)
    for sha256 in ("0" * 64, file_sha256(MODEL)):
        client.create_model_version(NAME, str(tmp_path), tags={"sha256": sha256})
    assert call(server.url, labelled) == ""
    assert f"of version 2 of {NAME}" in (said := capsys.readouterr().out)
    assert "accuracy on the same photos before: 0." in said

    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["photos"] for line in lines] == [26, 26]
    experiment = mlflow.get_experiment_by_name(ASSESSMENTS)
    newest = client.search_runs([experiment.experiment_id])[0]
    assert newest.data.tags["registered_version"] == "2"
    assert newest.data.metrics["accuracy"] == lines[1]["metrics"]["accuracy"]
    assert newest.data.metrics["latency_p99_ms"] == lines[1]["latency_ms"]["p99"]
    pictures = {each.path for each in client.list_artifacts(newest.info.run_id)}
    assert pictures >= {"confusion.png", "calibration.png", "mistakes.png", "assessment.json"}
    tags = client.get_model_version(NAME, "2").tags
    assert (tags["assessed_by_run"], "assessed_by_run" in client.get_model_version(NAME, "1").tags) == (
        newest.info.run_id,
        False,
    )


def test_bad_input_is_one_sentence(server: Server, labelled: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "shapes/circle").mkdir(parents=True)
    (tmp_path / "shapes/cat").symlink_to(labelled / "cat")
    (tmp_path / "shapes/circle/1.jpg").touch()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/notes.txt").touch()
    (tmp_path / "words").write_text("words\n")
    for arguments, words in {
        (server.url, tmp_path / "none"): "there is no folder",
        ("127.0.0.1:8080", labelled): "127.0.0.1:8080 is not the address of a server",
        ("http://127.0.0.1:1", labelled): "no server answers at http://127.0.0.1:1",
        (server.url + "/v2", labelled): "is not ready: it answers 404",
        (server.url, tmp_path / "shapes"): "has a class circle, which the server's model does not have",
        (server.url, labelled, "--out", str(tmp_path / "taken")): "holds files that are not this command's",
        (server.url, labelled, "--history", str(tmp_path / "words")): "line 1 of .*words is not of hack/assess",
    }.items():
        said = call(*arguments)
        assert said.startswith("error: ")
        assert "\n" not in said
        assert re.search(words, said), said
    assert not (tmp_path / "report").exists()
