"""MLflow's model registry: versions of one registered model, and its alias "champion"."""

import csv
import tempfile
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from model.contract.errors import Mistake, some
from model.contract.metadata import file_sha256, read_metadata
from model.evaluate.answers import identity_of
from model.evaluate.figures import check_measured, read_evaluation
from model.evaluate.pictures import draw_curves
from model.prepare.splits import read_manifest
from model.prepare.summary import load_summary
from model.settings import NAME
from model.tracking import RUN_FILE, connect

if TYPE_CHECKING:  # slow to import
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"


def register(train: Path, evaluation: Path, prepared: Path, file: Path) -> tuple[str, bool]:
    """Logs the artifacts of a finished run and registers `file`.

    Args:
        train: folder of model.train.
        evaluation: folder of model.evaluate.
        prepared: folder of model.prepare.
        file: what model.export wrote.

    Returns:
        The number of the version, and whether it is the champion now.

    Raises:
        Mistake: an input is missing or of another training, or the store does not know the run.
    """
    run_id, figures = _read(train / RUN_FILE).strip(), read_evaluation(evaluation / "metrics.json")
    summary = load_summary(prepared)
    for needed in (file, train / "best.pt"):
        if not needed.is_file():
            raise _missing(needed)
    check_measured(evaluation / "metrics.json", figures, train / "best.pt", summary["classes"], summary["data"])
    if read_metadata(file).get("metrics") != figures["test"]:
        raise Mistake(f"{file} was made with another evaluation than {evaluation}: run python -m model.export again")
    tags = {
        "sha256": file_sha256(file),
        "test_photos": _hash_test_photos(prepared),  # versions that were tested on the same photos can be compared
        "data": summary["data"],
        "classes": some(summary["classes"]),
    }
    mlflow = connect()
    client = mlflow.MlflowClient()
    try:
        with mlflow.start_run(run_id=run_id):
            mlflow.set_tags(tags)
            mlflow.log_metrics({f"test_{name}": value for name, value in figures["test"].items()})
            mlflow.log_metric("temperature", figures["temperature"])
            _log_files(mlflow, train, evaluation, file)
    except mlflow.exceptions.MlflowException as error:
        raise Mistake(f"MLflow refused the run {run_id} of {train}: {error.message}") from None
    tags |= {name: str(figures["test"][name]) for name in ("accuracy", "loss")}
    version = _new_version(mlflow, client, run_id, file.name, tags)
    return str(version.version), _move_champion(mlflow, client, version)


def _log_files(mlflow: ModuleType, train: Path, evaluation: Path, file: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        with (train / "history.csv").open() as table:
            rows = csv.DictReader(table)
            history = [{name: float(value) for name, value in row.items()} for row in rows]
        draw_curves(history, Path(work) / "curves.png")
        mlflow.log_artifacts(work)
    mlflow.log_artifact(str(train / "history.csv"))
    mlflow.log_artifacts(str(evaluation))
    mlflow.log_artifact(str(file))


def _new_version(
    mlflow: ModuleType, client: "MlflowClient", run_id: str, name: str, tags: dict[str, str]
) -> "ModelVersion":
    """Creates a version of the registered model, or returns the one that the same run and file have already."""
    try:
        client.get_registered_model(NAME)
    except mlflow.exceptions.MlflowException:
        client.create_registered_model(NAME, description="Tells apart what is on photos")
    for version in client.search_model_versions(f"name = '{NAME}' and run_id = '{run_id}'"):
        if version.tags.get("sha256") == tags["sha256"]:
            return version
    source = f"{client.get_run(run_id).info.artifact_uri}/{name}"
    return client.create_model_version(NAME, source, run_id=run_id, tags=tags)


def _move_champion(mlflow: ModuleType, client: "MlflowClient", version: "ModelVersion") -> bool:
    """Moves the alias to the version if no version has it, or if this one is better. Whether this one has it then."""
    champion: ModelVersion | None = None
    with suppress(mlflow.exceptions.MlflowException):  # no version has it
        champion = client.get_model_version_by_alias(NAME, CHAMPION)
    if champion is None or better(version.tags, champion.tags):
        client.set_registered_model_alias(NAME, CHAMPION, version.version)
        return True
    return str(champion.version) == str(version.version)


def better(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether the version with tags `one` is better, by accuracy, then by loss; never if the test photos differ."""
    if one["test_photos"] != other["test_photos"]:
        return False
    return (float(one["accuracy"]), -float(one["loss"])) > (float(other["accuracy"]), -float(other["loss"]))


def _hash_test_photos(prepared: Path) -> str:
    return identity_of(row["sha256"] for row in read_manifest(prepared, "test"))[:12]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        raise _missing(path) from None


def _missing(path: Path) -> Mistake:
    return Mistake(f"there is no {path}: run the steps before this one first (see dvc.yaml)")
