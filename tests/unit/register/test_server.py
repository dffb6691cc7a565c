"""A real MLflow server: runs, figures, files and the champion go through its address alone."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.server_process import free_ports
from model.contract.errors import Mistake
from model.evaluate.evaluation import evaluate_checkpoint
from model.export.model_file import export
from model.params import ExportParams
from model.settings import NAME
from model.tracking import Tracker, connect
from tests.unit.conftest import PREPARE, TRAIN, Command, run_command

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's and SQLAlchemy's own
PARAMS = """
prepare: {size: 48, validation: 0.2, test: 0.2}
train: {crop: 32, size: 48, epochs: 1, batch_size: 8, distillation: 0.0}
"""
SECONDS = 120  # it begins within 30 on a busy machine


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose store and files are in a folder that no test looks into."""
    folder, port = tmp_path_factory.mktemp("server"), free_ports(1)[0]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/store.db", "--artifacts-destination", f"{folder}/files"]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | quiet, stdout=log, stderr=log, start_new_session=True
        )
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + SECONDS
    try:
        while not answers(address):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its session: MLflow's command has a server process below it
        process.wait()


@pytest.fixture(autouse=True)
def at_the_server(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.chdir(tmp_path)  # where a store of a file would be made


@pytest.fixture(scope="module")
def work(server: str, photos: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a tracked training, its evaluation and its export made."""
    work = tmp_path_factory.mktemp("work")
    (work / "params.yaml").write_text(PARAMS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
        assert run_command(monkeypatch, "train", prepared, work / "train", "--params", work / "params.yaml") == ""
    evaluate_checkpoint(work / "train/best.pt", photos, prepared, work / "evaluation", ExportParams(PREPARE.size))
    export(work / "train/best.pt", work / "evaluation/metrics.json", prepared, work / "model.pt")
    return work


def test_all_of_a_run_is_on_the_server(
    server: str, work: Path, prepared: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = work / "train", work / "evaluation", prepared, work / "model.pt"
    assert command("register", *inputs) == ""
    assert f"MLflow: version 1 of {NAME}, the champion" in capsys.readouterr().out
    assert command("compare") == ""
    _, row = capsys.readouterr().out.splitlines()
    assert row.endswith("1 champion")

    mlflow = connect()
    client = mlflow.MlflowClient()
    run = client.get_run((work / "train/mlflow-run").read_text().strip())
    assert run.info.status == "FINISHED"
    assert run.data.params["epochs"] == "1"
    assert {"train_loss", "validation_accuracy", "best_accuracy", "test_accuracy"} <= run.data.metrics.keys()
    names = {artifact.path for artifact in client.list_artifacts(run.info.run_id)}
    assert names >= {"model.pt", "curves.png", "history.csv", "metrics.json"}
    champion = client.get_model_version_by_alias(NAME, "champion")
    assert champion.run_id == run.info.run_id
    uri = client.get_model_version_download_uri(NAME, champion.version)
    assert uri.startswith("mlflow-artifacts:")
    file = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path / "download")))
    assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256((work / "model.pt").read_bytes()).digest()
    assert [path.name for path in tmp_path.iterdir()] == ["download"]  # nothing was kept here instead


def test_a_server_that_is_not_there(
    work: Path, prepared: Path, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:password@127.0.0.1:{free_ports(1)[0]}")
    (tmp_path / "params.yaml").write_text(PARAMS)
    for words in (
        ("train", prepared, tmp_path / "train"),
        ("register", work / "train", work / "evaluation", prepared, work / "model.pt"),
        ("compare",),
    ):
        said = command(*words)
        assert said.startswith("error: MLflow cannot use the store http://127.0.0.1:")
        assert "\n" not in said
        assert "password" not in said


def lose_the_server(out: Path, prepared: Path) -> None:
    with Tracker(out, TRAIN, prepared, resume=False) as tracker:
        tracker.log_epoch({"loss": 2.0}, 0)
        tracker.mlflow.set_tracking_uri(f"http://127.0.0.1:{free_ports(1)[0]}")
        tracker.log_epoch({"loss": 1.0}, 1)


def test_a_server_that_goes_away_in_the_middle(
    server: str, prepared: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(Mistake, match=r"^MLflow's store fails: API request to .*; run the same again when it answers$"):
        lose_the_server(tmp_path, prepared)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)  # MLflow had set it to the other one
    with Tracker(tmp_path, TRAIN, prepared, resume=True) as tracker:
        tracker.log_epoch({"loss": 1.0}, 1)
    client = connect().MlflowClient()
    run = client.get_run((tmp_path / "mlflow-run").read_text().strip())
    assert run.info.status == "FINISHED"
    assert [metric.value for metric in client.get_metric_history(run.info.run_id, "loss")] == [2.0, 1.0]
