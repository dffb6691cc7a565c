"""A real MLflow store in a folder: what is logged of a run, and which version is the champion."""

import hashlib
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from model.contract.errors import Mistake
from model.evaluate.evaluation import evaluate_checkpoint
from model.export.model_file import export
from model.params import ExportParams
from model.register.registry import better, register
from model.settings import NAME
from model.tracking import connect
from tests.unit.conftest import PREPARE, Command, run_command

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's and SQLAlchemy's own
PARAMS = """
prepare: {size: 48, validation: 0.2, test: 0.2}
train: {crop: 32, size: 48, epochs: 2, batch_size: 8, learning_rate: 0.003, averaging: 0.8}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def mlflow(store: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{store}/mlflow.db")
    return connect()


@pytest.fixture(scope="module")
def run(store: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tracked training run."""
    work = tmp_path_factory.mktemp("run")
    (work / "params.yaml").write_text(PARAMS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{store}/mlflow.db")
        assert run_command(monkeypatch, "train", prepared, work / "train", "--params", work / "params.yaml") == ""
    return work / "train"


@pytest.fixture(scope="module")
def evaluation(run: Path, photos: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on it."""
    out = tmp_path_factory.mktemp("work") / "evaluation"
    evaluate_checkpoint(run / "best.pt", photos, prepared, out, ExportParams(PREPARE.size))
    return out


@pytest.fixture(scope="module")
def file(run: Path, evaluation: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported file."""
    out = tmp_path_factory.mktemp("work") / "model.pt"
    export(run / "best.pt", evaluation / "metrics.json", prepared, out)
    return out


def make_worse(evaluation: Path) -> None:
    """Changes a report: its test accuracy is 0.1."""
    figures = json.loads((evaluation / "metrics.json").read_text())
    figures["test"]["accuracy"] = 0.1
    (evaluation / "metrics.json").write_text(json.dumps(figures))


def test_a_run_and_its_version(mlflow: ModuleType, run: Path, prepared: Path, evaluation: Path, file: Path) -> None:
    assert register(run, evaluation, prepared, file) == ("1", True)
    assert register(run, evaluation, prepared, file) == ("1", True)  # the same again is not another version

    client = mlflow.MlflowClient()
    logged = client.get_run((run / "mlflow-run").read_text().strip())
    assert logged.data.params["learning_rate"] == "0.003"
    assert logged.data.params["size"] == "48"
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert logged.data.tags["sha256"] == sha256
    for name in ("loss", "accuracy", "precision", "recall", "f1"):
        assert len(client.get_metric_history(logged.info.run_id, f"validation_{name}")) == 2
        assert f"test_{name}" in logged.data.metrics
    for name in ("loss", "accuracy"):
        assert len(client.get_metric_history(logged.info.run_id, f"train_{name}")) == 2
    artifacts = {artifact.path for artifact in client.list_artifacts(logged.info.run_id)}
    assert artifacts >= {"curves.png", "confusion.png", "report.txt", "mistakes.png", "model.pt"}

    # the champion's artifact is this file
    champion = client.get_model_version_by_alias(NAME, "champion")
    uri = client.get_model_version_download_uri(NAME, champion.version)
    artifact = Path(mlflow.artifacts.download_artifacts(uri))
    assert hashlib.sha256(artifact.read_bytes()).hexdigest() == sha256


def test_a_worse_run_does_not_become_the_champion(
    mlflow: ModuleType,
    run: Path,
    photos: Path,
    prepared: Path,
    evaluation: Path,
    file: Path,
    tmp_path: Path,
    command: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert register(run, evaluation, prepared, file) == ("1", True)
    again = tmp_path / "again"
    (tmp_path / "params.yaml").write_text(PARAMS)
    assert command("train", prepared, again, "--params", tmp_path / "params.yaml") == ""
    worse, worse_file = tmp_path / "worse", tmp_path / "worse.pt"
    evaluate_checkpoint(again / "best.pt", photos, prepared, worse, ExportParams(PREPARE.size))
    make_worse(worse)
    export(again / "best.pt", worse / "metrics.json", prepared, worse_file)
    assert register(again, worse, prepared, worse_file) == ("2", False)
    assert str(mlflow.MlflowClient().get_model_version_by_alias(NAME, "champion").version) == "1"

    capsys.readouterr()
    assert command("compare") == ""
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["run", "begun", "network"]
    assert first.endswith("1 champion")
    assert second.endswith("2")


def test_a_store_without_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Command) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert command("compare").startswith("error: no runs in sqlite:///")


def test_a_run_that_the_store_does_not_know(
    mlflow: ModuleType, run: Path, prepared: Path, evaluation: Path, file: Path, command: Command, tmp_path: Path
) -> None:
    other = tmp_path / "train"
    shutil.copytree(run, other)
    (other / "mlflow-run").write_text("0123456789abcdef0123456789abcdef\n")
    message = command("register", other, evaluation, prepared, file)
    assert message.startswith("error: MLflow refused the run 0123")


def test_an_evaluation_or_a_file_of_another_training(
    run: Path, prepared: Path, evaluation: Path, file: Path, evaluated: Path, exported: Path, tmp_path: Path
) -> None:
    with pytest.raises(Mistake, match=r"metrics\.json is of another training than .*best\.pt: run python -m model"):
        register(run, evaluated, prepared, exported)
    shutil.copytree(evaluation, tmp_path / "worse")
    make_worse(tmp_path / "worse")
    with pytest.raises(Mistake, match=r"was made with another evaluation than .*: run python -m model\.export again"):
        register(run, tmp_path / "worse", prepared, file)


@pytest.mark.parametrize(
    ("accuracy", "loss", "test_photos", "expected"),
    [
        ("0.98", "0.2", "a", True),
        ("0.97", "0.05", "a", True),  # as accurate, with a lower loss
        ("0.97", "0.1", "a", False),
        ("0.96", "0.01", "a", False),
        ("0.99", "0.01", "b", False),  # other photos: not comparable
    ],
)
def test_which_version_is_better(accuracy: str, loss: str, test_photos: str, expected: bool) -> None:
    one = {"accuracy": accuracy, "loss": loss, "test_photos": test_photos}
    assert better(one, {"accuracy": "0.97", "loss": "0.1", "test_photos": "a"}) is expected
